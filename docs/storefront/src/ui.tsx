// Parts that several pages use.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Cart, Failed } from "./cart";
import { country, language, less, money, useWords } from "./choice";
import { Unreachable } from "./client";
import type { AddressFragment, CartWarningCode, MoneyFragment, ProblemCode } from "./generated";
import { Link, Title } from "./router";
import { Store } from "./store";
import { failures, problems, words } from "./words";

/** What is wrong: by field, such as "shippingAddress.city", and altogether. */
export interface Wrong {
  fields: Record<string, string>;
  all: string | null;
}

export const RIGHT: Wrong = { fields: {}, all: null };

export function problemText(code: ProblemCode | CartWarningCode, message: string): string {
  return problems[code]?.[language.value] ?? message;
}

/** The texts for a refusal. Problems of `known` fields are shown at them, and the others above the form. */
export function wrong(failed: Failed, known: string[] = []): Wrong {
  const say = words[language.value];
  const fields: Record<string, string> = {};
  const others: string[] = [];
  for (const { code, message, path } of "problems" in failed ? failed.problems : []) {
    const name = (path[0] === "input" ? path.slice(1) : path).join(".");
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
  return { fields, all: failures[failed.errorCode]?.[language.value] ?? failed.message };
}

export function Problem({ wrong: { all } }: { wrong: Wrong }): JSX.Element | null {
  return all === null ? null : <p class="problem" role="alert">{all}</p>;
}

/** A page with one sentence and a way on. */
export function Short({ title, text, to, way }: { title: string; text?: string; to: string; way: string }): JSX.Element {
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
export function announce(text: string): void {
  note.set(text);
}

export function Notes(): JSX.Element {
  const text = note.use();
  useEffect(() => {
    if (!text) return undefined;
    const timer = setTimeout(() => note.set(""), 6_000);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <p class="note" role="status">{text}</p>
  );
}

export function Loading(): JSX.Element {
  return <p class="quiet">{useWords().loading}</p>;
}

export function NotReachable({ again }: { again: () => void }): JSX.Element {
  const say = useWords();
  return (
    <div role="alert">
      <p class="problem">{say.notReachable}</p>
      <button type="button" onClick={again}>{say.tryAgain}</button>
    </div>
  );
}

/** Runs one thing at a time, and keeps what was wrong with it. */
export function useTask(): { isBusy: boolean; wrong: Wrong; run: (work: () => Promise<Wrong | null>) => void } {
  const [isBusy, setBusy] = useState(false);
  const [found, setFound] = useState(RIGHT);
  const running = useRef(false);
  const say = useWords();
  function run(work: () => Promise<Wrong | null>): void {
    if (running.current) return;
    running.current = true;
    setBusy(true);
    work()
      .then((result) => setFound(result ?? RIGHT))
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

interface FormProperties {
  task: ReturnType<typeof useTask>;
  button: string;
  send: (values: Record<string, string>) => Promise<Wrong | null>;
  children: ComponentChildren;
}

/** A form. After a refusal the first wrong field gets the focus. */
export function Form({ task, button, send, children }: FormProperties): JSX.Element {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [task.wrong]);
  function submit(event: SubmitEvent): void {
    event.preventDefault();
    const values: Record<string, string> = {};
    for (const [name, value] of new FormData(event.currentTarget as HTMLFormElement)) values[name] = String(value);
    task.run(() => send(values));
  }
  return (
    <form ref={form} onSubmit={submit} noValidate>
      <Problem wrong={task.wrong} />
      {children}
      <button class="first" disabled={task.isBusy}>{button}</button>
    </form>
  );
}

interface FieldProperties {
  name: string;
  label: string;
  wrong: Wrong;
  value?: string | null;
  type?: "text" | "email" | "password";
  complete?: AutoFill;
  hint?: string;
  options?: [value: string, label: string][];
  changed?: (value: string) => void;
}

export function Field(properties: FieldProperties): JSX.Element {
  const { name, label, value, type = "text", complete = "on", hint, options, changed } = properties;
  const id = useId();
  const problem = properties.wrong.fields[name];
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

export const isFree = ({ amount }: MoneyFragment): boolean => Number(amount) === 0;

function Sum({ name, look, children }: { name: string; look?: string; children: ComponentChildren }): JSX.Element {
  return (
    <>
      <dt class={look}>{name}</dt>
      <dd class={look}>{children}</dd>
    </>
  );
}

/** The sums of a cart or order. Tax that the prices include is not added: it is shown below the total. */
export function Sums({ cart }: { cart: Cart }): JSX.Element {
  const say = useWords();
  const { discount, shipping, tax, total, amountCancelled, isTaxEstimated, pricesIncludeTax } = cart;
  const taxShown = tax ? money(tax) : say.notKnown;
  const taxIncluded = isTaxEstimated ? say.taxIncludedEstimate : say.taxIncluded;
  return (
    <dl class="sums">
      <Sum name={say.subtotal}>{money(cart.subtotal)}</Sum>
      {!isFree(discount) && <Sum name={say.discount}>−{money(discount)}</Sum>}
      <Sum name={say.shipping}>{!shipping ? say.notKnown : isFree(shipping) ? say.free : money(shipping)}</Sum>
      {!pricesIncludeTax && <Sum name={isTaxEstimated ? say.taxEstimate : say.tax}>{taxShown}</Sum>}
      <Sum name={cart.isTotalEstimated ? say.estimated : say.total} look="total">{money(total)}</Sum>
      {pricesIncludeTax && <Sum name={taxIncluded} look="quiet">{taxShown}</Sum>}
      {!isFree(amountCancelled) && (
        <>
          <Sum name={say.amountCancelled}>−{money(amountCancelled)}</Sum>
          <Sum name={say.remaining} look="total">{money(less(total, amountCancelled))}</Sum>
        </>
      )}
    </dl>
  );
}

export function PostalAddress({ address }: { address: AddressFragment }): JSX.Element {
  const { name, company, line1, line2, postalCode, city, region } = address;
  const isAmerican = address.country === "US";
  const place = isAmerican ? `${city}, ${region ?? ""} ${postalCode ?? ""}` : `${postalCode ?? ""} ${city}`;
  return (
    <address>
      {[name, company, line1, line2, place, country(address.country)].filter(Boolean).map((line) => (
        <span key={line}>{line}</span>
      ))}
    </address>
  );
}

export function Lines({ cart }: { cart: Cart }): JSX.Element {
  const say = useWords();
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
