// Parts that several pages use.
import { type ComponentChildren, createContext, type JSX } from "preact";
import { useContext, useEffect, useId, useRef, useState } from "preact/hooks";
import type { Cart, Failed, Line } from "./cart";
import { isFree, language, less, money, priceOf, say } from "./choice";
import { type Reading, Unreachable } from "./client";
import type { CartWarningCode, ProblemCode } from "./generated";
import { Link, Title } from "./router";
import { Store } from "./store";
import { failures, type Language, problems } from "./words";

/** What is wrong: by field, such as "shippingAddress.city", and altogether. */
export interface Wrong {
  fields: Record<string, string>;
  all: string | null;
}

const RIGHT: Wrong = { fields: {}, all: null };

export function problemText(code: ProblemCode | CartWarningCode, message: string): string {
  return inChosen(problems[code], message);
}

/** The text for a code. A code without one has the message of the server, which is in English. */
const inChosen = (text: Record<Language, string> | undefined, message: string): string =>
  text?.[language.value] ?? (language.value === "en" ? message : say.refused);

/** What a task ends with: an answer of the API, or null if it is done. */
export type Outcome = Failed | { __typename: string } | null;

export const isRefused = (outcome: Outcome): outcome is Failed => outcome !== null && "errorCode" in outcome;

/** The texts for a refusal. Problems of `known` fields are shown at them, and the others above the form. */
function wrong(failed: Failed, known: string[]): Wrong {
  const fields: Record<string, string> = {};
  const others: string[] = [];
  for (const { code, message, path } of "problems" in failed ? failed.problems : []) {
    const name = (path[0] === "input" ? path.slice(1) : path).join(".").replace(/^lines\.0\./, "");
    if (known.includes(name)) fields[name] = problemText(code, message);
    else others.push(problemText(code, message));
  }
  if (failed.__typename === "InsufficientStock") {
    others.push(...failed.shortages.map(({ name }) => `${name}: ${problemText("NOT_ENOUGH", failed.message)}`));
  }
  if (failed.__typename === "TotalChanged") others.push(say.totalChanged(money(failed.actual)));
  if (failed.__typename === "TooManyAttempts") others.push(say.retryIn(failed.retryAfter));
  if (others.length) return { fields, all: others.join(" ") };
  if (Object.keys(fields).length) return { fields, all: say.checkFields };
  return { fields, all: inChosen(failures[failed.errorCode], failed.message) };
}

export function Problem({ wrong: { all } }: { wrong: Wrong }) {
  return all === null ? null : <p class="problem" role="alert">{all}</p>;
}

/** A page with one sentence and a way on. */
export function Short({ title, text, to, way }: { title: string; text?: string; to: string; way: string }) {
  return (
    <>
      <Title>{title}</Title>
      {text && <p>{text}</p>}
      <Link to={to}>{way}</Link>
    </>
  );
}

const note = new Store<string>("");

/** Say something in passing; screen readers read it. */
export const announce = (text: string): void => note.set(text);

export function Notes() {
  const text = note.use();
  useEffect(() => {
    if (!text) return undefined;
    const timer = setTimeout(() => note.set(""), 6_000);
    return () => clearTimeout(timer);
  }, [text]);
  return <p class="note" role="status">{text}</p>;
}

/** In place of data that is being read, or could not be read. */
export function Unread({ isFailed, again }: Pick<Reading<unknown>, "isFailed" | "again">) {
  if (!isFailed) return <p class="quiet">{say.loading}</p>;
  return (
    <div role="alert">
      <p class="problem">{say.notReachable}</p>
      <button type="button" onClick={again}>{say.tryAgain}</button>
    </div>
  );
}

export type Task = ReturnType<typeof useTask>;

/** Runs one thing at a time, and keeps what was wrong with it. */
export function useTask() {
  const [isBusy, setBusy] = useState(false);
  const [found, setFound] = useState(RIGHT);
  const running = useRef(false);
  function run(work: () => Promise<Outcome>, fields: string[] = []): void {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    work()
      .then((outcome) => setFound(isRefused(outcome) ? wrong(outcome, fields) : RIGHT))
      .catch((error: unknown) => {
        if (!(error instanceof Unreachable)) console.error(error);
        setFound({ fields: {}, all: say.notReachable });
      })
      .finally(() => {
        running.current = false;
        setBusy(false);
      });
  }
  return { isBusy, wrong: found, run };
}

/** A button that does something, which can be refused. */
export function Act({ work, label, children }: { work: () => Promise<Outcome>; label?: string; children: string }) {
  const { isBusy, wrong, run } = useTask();
  return (
    <>
      <Problem wrong={wrong} />
      <button type="button" aria-label={label} disabled={isBusy} onClick={() => run(work)}>{children}</button>
    </>
  );
}

/** The text in a field of a form; empty if there is none. */
export type Value = (name: string) => string;

interface FormProperties {
  button: string;
  send: (value: Value) => Promise<Outcome>;
  children?: ComponentChildren;
}

const Found = createContext(RIGHT);

/** A form, which shows what is wrong at its fields. After a refusal the first wrong field gets the focus. */
export function Form({ button, send, children }: FormProperties) {
  const task = useTask();
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [task.wrong]);
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const values = new FormData(event.currentTarget as HTMLFormElement);
    task.run(() => send((name) => String(values.get(name) ?? "")), [...values.keys()]);
  }
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Problem wrong={task.wrong} />
      <Found.Provider value={task.wrong}>{children}</Found.Provider>
      <button class="first" disabled={task.isBusy}>{button}</button>
    </form>
  );
}

/** A page with a form, and what is below it. */
export function FormPage({ title, below, ...form }: FormProperties & { title: string; below?: ComponentChildren }) {
  return (
    <>
      <Title>{title}</Title>
      <Form {...form} />
      {below && <p>{below}</p>}
    </>
  );
}

interface FieldProperties {
  name: string;
  label: string;
  value?: string | null;
  type?: "text" | "email" | "password";
  complete?: AutoFill;
  hint?: string;
  options?: [value: string, label: string][];
  changed?: (value: string) => void;
}

export function Field({ name, label, value, type = "text", complete = "on", hint, options, changed }: FieldProperties) {
  const id = useId();
  const problem = useContext(Found).fields[name];
  const described = [problem && `${id}-problem`, hint && `${id}-hint`].filter(Boolean).join(" ") || undefined;
  const common = { id, name, autocomplete: complete, "aria-invalid": Boolean(problem), "aria-describedby": described };
  return (
    <p class="field">
      <label for={id}>{label}</label>
      {options ? (
        <select {...common} value={value ?? ""} onChange={(event) => changed?.(event.currentTarget.value)}>
          {options.map(([option, text]) => (
            <option key={option} value={option}>{text}</option>
          ))}
        </select>
      ) : (
        <input {...common} type={type} defaultValue={value ?? ""} maxLength={250} />
      )}
      {hint && (
        <span class="quiet" id={`${id}-hint`}>{hint}</span>
      )}
      {problem && (
        <span class="problem" id={`${id}-problem`}>{problem}</span>
      )}
    </p>
  );
}

/** One of several choices, or a single one that can be made. */
export function Choice({ children, ...input }: JSX.IntrinsicElements["input"]) {
  return (
    <label class="choice">
      <input {...input} />
      <span>{children}</span>
    </label>
  );
}

/** The name of a line with that of its variant. */
export const nameOf = (line: Pick<Line, "productName" | "variantName"> | undefined): string =>
  `${line?.productName ?? ""} ${line?.variantName ?? ""}`.trim();

function Sum({ name, look, children }: { name: string; look?: string; children: ComponentChildren }) {
  return (
    <>
      <dt class={look}>{name}</dt>
      <dd class={look}>{children}</dd>
    </>
  );
}

/** Whether nothing of a cart or order is shipped, because it consists of gift cards. They are not taxed either. */
export const isOnlyGiftCards = (cart: Cart): boolean => cart.lines.nodes.every(({ isGiftCard }) => isGiftCard);

/** The sums of a cart or order. Tax that the prices include is not added: it is shown below the total. */
export function Sums({ cart }: { cart: Cart }) {
  const { discount, shipping, tax, total, amountCancelled, isTaxEstimated, pricesIncludeTax } = cart;
  const isByEmail = isOnlyGiftCards(cart);
  const taxShown = tax ? money(tax) : say.notKnown;
  const taxIncluded = isTaxEstimated ? say.taxIncludedEstimate : say.taxIncluded;
  return (
    <dl class="sums">
      <Sum name={say.subtotal}>{money(cart.subtotal)}</Sum>
      {!isFree(discount) && <Sum name={say.discount}>−{money(discount)}</Sum>}
      {!isByEmail && <Sum name={cart.pickup ? say.pickup : say.shipping}>{shipping ? priceOf(shipping) : say.notKnown}</Sum>}
      {!pricesIncludeTax && !isByEmail && <Sum name={isTaxEstimated ? say.taxEstimate : say.tax}>{taxShown}</Sum>}
      <Sum name={cart.isTotalEstimated && !isByEmail ? say.estimated : say.total} look="total">{money(total)}</Sum>
      {pricesIncludeTax && !isByEmail && <Sum name={taxIncluded} look="quiet">{taxShown}</Sum>}
      {!isFree(amountCancelled) && (
        <>
          <Sum name={say.amountCancelled}>−{money(amountCancelled)}</Sum>
          <Sum name={say.remaining} look="total">{money(less(total, amountCancelled))}</Sum>
        </>
      )}
    </dl>
  );
}

export function Lines({ cart }: { cart: Cart }) {
  return (
    <ul class="lines">
      {cart.lines.nodes.map(({ id, productName, variantName, quantity, quantityCancelled: cancelled, unitPrice }) => (
        <li key={id}>
          <span>
            {productName} {variantName}
            {cancelled > 0 && <span class="quiet">{say.unitsCancelled(cancelled)}</span>}</span>
          {cancelled < quantity && <span>{quantity - cancelled} × {money(unitPrice)}</span>}
        </li>
      ))}
    </ul>
  );
}
