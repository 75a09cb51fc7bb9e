// The cart.
import { type Cart, changeCart, type Line, removeLine, setQuantity, useCart } from "./cart";
import { money, say, time } from "./choice";
import { Link, Title } from "./router";
import { Field, Form, nameOf, Problem, problemText, Short, Sums, type Task, useTask } from "./ui";

export function CartPage() {
  const cart = useCart();
  const task = useTask();
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
          <CartLine key={line.id} cart={cart} line={line} task={task} />
        ))}
      </ul>
      {cart.reservedUntil && <p class="quiet">{say.reserved(time(cart.reservedUntil))}</p>}
      <Codes cart={cart} task={task} />
      <Sums cart={cart} />
      <Link to="/checkout" class="button first">{say.toCheckout}</Link>
    </>
  );
}

function CartLine({ cart, line, task: { isBusy, run } }: { cart: Cart; line: Line; task: Task }) {
  const name = nameOf(line);
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

export function Warnings({ cart }: { cart: Cart }) {
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

function Codes({ cart, task }: { cart: Cart; task: Task }) {
  const codes = codesOf(cart);
  return (
    <section class="codes">
      {codes.map((code) => (
        <p key={code}>
          {code}{" "}
          <button
            type="button"
            aria-label={say.removeCode(code)}
            onClick={() => task.run(() => changeCart({ discountCodes: codes.filter((one) => one !== code) }))}
          >
            {say.remove}
          </button>
        </p>
      ))}
      <Form
        button={say.apply}
        send={async (value) => {
          const code = value("code").trim();
          return code ? changeCart({ discountCodes: [...codes, code] }) : null;
        }}
      >
        <Field key={codes.length} name="code" label={say.code} complete="off" />
      </Form>
    </section>
  );
}
