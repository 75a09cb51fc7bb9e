// Parts that several pages use.
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import type { Cart, Failed } from "./cart";
import { country, language, money, useWords } from "./choice";
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

/** The lines and sums of a cart or order. */
export function Sums({ cart }: { cart: Cart }): JSX.Element {
  const say = useWords();
  const shown = (amount: MoneyFragment | null): string =>
    amount === null ? say.notKnown : isFree(amount) ? say.free : money(amount);
  return (
    <dl class="sums">
      <dt>{say.subtotal}</dt>
      <dd>{money(cart.subtotal)}</dd>
      {!isFree(cart.discount) && (
        <>
          <dt>{say.discount}</dt>
          <dd>−{money(cart.discount)}</dd>
        </>
      )}
      <dt>{say.shipping}</dt>
      <dd>{shown(cart.shipping)}</dd>
      <dt>{cart.isTaxEstimated ? say.taxEstimate : say.tax}</dt>
      <dd>{cart.tax === null ? say.notKnown : money(cart.tax)}</dd>
      <dt class="total">{cart.isTotalEstimated ? say.estimated : say.total}</dt>
      <dd class="total" data-total={cart.total.amount}>{money(cart.total)}</dd>
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
  return (
    <ul class="lines">
      {cart.lines.nodes.map((line) => (
        <li key={line.id}>
          <span>{line.productName} {line.variantName}</span>
          <span>{line.quantity} × {money(line.unitPrice)}</span>
        </li>
      ))}
    </ul>
  );
}
