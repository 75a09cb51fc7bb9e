// The cart.
import type { JSX } from "preact";
import { type Cart, changeCart, type Failed, removeLine, setQuantity, useCart } from "./cart";
import { money, time, useWords } from "./choice";
import { Link, Title } from "./router";
import { Field, Form, Problem, problemText, RIGHT, Short, Sums, useTask, wrong } from "./ui";

export function CartPage(): JSX.Element {
  const say = useWords();
  const cart = useCart();
  const task = useTask();
  const run = (work: () => Promise<Failed | null>): void =>
    task.run(async () => {
      const failed = await work();
      return failed && wrong(failed);
    });
  if (!cart?.lines.nodes.length) {
    return <Short title={say.cart} text={say.emptyCart} to="/" way={say.toProducts} />;
  }
  return (
    <>
      <Title>{say.cart}</Title>
      <Problem wrong={task.wrong} />
      <Warnings cart={cart} />
      <ul class="lines">
        {cart.lines.nodes.map((line) => (
          <CartLine key={line.id} cart={cart} line={line} isBusy={task.isBusy} run={run} />
        ))}
      </ul>
      {cart.reservedUntil && <p class="quiet">{say.reserved(time(cart.reservedUntil))}</p>}
      <Codes cart={cart} run={run} />
      <Sums cart={cart} />
      <Link to="/checkout" class="button first">{say.toCheckout}</Link>
    </>
  );
}

interface LineProperties {
  cart: Cart;
  line: Cart["lines"]["nodes"][number];
  isBusy: boolean;
  run: (work: () => Promise<Failed | null>) => void;
}

function CartLine({ cart, line, isBusy, run }: LineProperties): JSX.Element {
  const say = useWords();
  const name = `${line.productName} ${line.variantName ?? ""}`.trim();
  const most = Math.max(10, line.quantity);
  return (
    <li>
      <span>
        {name}
        {cart.warnings
          .filter(({ lineId }) => lineId === line.id)
          .map(({ code, message }) => (
            <span key={code} class="problem">{problemText(code, message)}</span>))}</span>
      <span class="quantity">
        <select
          aria-label={say.quantityOf(name)}
          value={line.quantity}
          disabled={isBusy}
          onChange={(event) => {
            const quantity = Number(event.currentTarget.value);
            run(() => setQuantity(line.id, quantity));
          }}
        >
          {Array.from({ length: most }, (_, index) => (
            <option key={index} value={index + 1}>{index + 1}</option>
          ))}
        </select>
        <button type="button" disabled={isBusy} aria-label={say.removeOf(name)} onClick={() => run(() => removeLine(line.id))}>
          {say.remove}
        </button>
      </span>
      <span>{money(line.unitPrice)}</span>
    </li>
  );
}

export function Warnings({ cart }: { cart: Cart }): JSX.Element | null {
  const general = cart.warnings.filter(({ lineId }) => lineId === null);
  if (!general.length) return null;
  return (
    <div role="status">
      {general.map(({ code, message, path, values }) => (
        <p key={`${path.join()} ${values?.given}`} class="problem">
          {isOfCode(path) && `${values?.given}: `}
          {problemText(code, message)}
        </p>
      ))}
    </div>
  );
}

const isOfCode = (path: string[]): boolean => path[0] === "discountCodes";

/** The codes that count, and those that are kept until they do. */
function codesOf(cart: Cart): string[] {
  const waiting = cart.warnings.filter(({ path }) => isOfCode(path)).flatMap(({ values }) => values?.given ?? []);
  return [...new Set([...cart.discountCodes, ...waiting])];
}

function Codes({ cart, run }: Pick<LineProperties, "cart" | "run">): JSX.Element {
  const say = useWords();
  const task = useTask();
  const codes = codesOf(cart);
  return (
    <section class="codes">
      {codes.map((code) => (
        <p key={code}>
          {code}{" "}
          <button
            type="button"
            aria-label={say.removeCode(code)}
            onClick={() => run(() => changeCart({ discountCodes: codes.filter((one) => one !== code) }))}
          >
            {say.remove}
          </button>
        </p>
      ))}
      <Form
        task={task}
        button={say.apply}
        send={async (values) => {
          const code = values["code"]?.trim();
          if (!code) return null;
          const failed = await changeCart({ discountCodes: [...codes, code] });
          return failed && wrong(failed, ["code"]);
        }}
      >
        <Field key={codes.length} name="code" label={say.code} wrong={RIGHT} complete="off" />
      </Form>
    </section>
  );
}
