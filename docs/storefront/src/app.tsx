// The frame of the shop: header, choice of channel and language, and the page.
import { render } from "preact";
import { useEffect } from "preact/hooks";
import { AccountPage } from "./account";
import { loadCart, useCart } from "./cart";
import { CartPage } from "./cart-page";
import { ProductList, ProductPage } from "./catalog";
import { Checkout } from "./checkout";
import { channelCode, language, say, useChannel } from "./choice";
import { CHANNELS, SHOP } from "./config";
import { OrderPage } from "./order";
import { go, Link, usePlace } from "./router";
import { Notes, Short } from "./ui";
import type { Language } from "./words";

const LANGUAGES: [Language, string][] = [["en", "English"], ["de", "Deutsch"]];

function Shop() {
  const { path } = usePlace();
  const chosen = language.use();
  const { code } = useChannel();
  useEffect(() => {
    document.documentElement.lang = chosen;
  }, [chosen]);
  return (
    <>
      <a class="skip" href="#content">{say.skip}</a>
      <Header />
      <main id="content" key={code}><Page path={path} /></main>
      <Notes />
    </>
  );
}

function Page({ path: [page, id] }: { path: string[] }) {
  if (page === undefined) return <ProductList />;
  if (page === "products" && id) return <ProductPage key={id} slug={id} />;
  if (page === "orders" && id) return <OrderPage key={id} id={id} />;
  if (page === "cart") return <CartPage />;
  if (page === "checkout") return <Checkout />;
  if (page === "account") return <AccountPage />;
  return <Short title={say.notFound} to="/" way={say.toProducts} />;
}

function Header() {
  const chosen = language.use();
  const { code } = useChannel();
  const cart = useCart();
  const units = cart?.lines.nodes.reduce((sum, { quantity }) => sum + quantity, 0) ?? 0;
  function changeChannel(to: string): void {
    channelCode.set(to);
    if (location.pathname.endsWith("/checkout")) go("/cart");
  }
  return (
    <header>
      <Link to="/" class="brand">{SHOP}</Link>
      <nav>
        <Link to="/account">{say.account}</Link>
        <Link to="/cart">{say.cart} ({units})</Link>
      </nav>
      <div class="choices">
        <select aria-label={say.region} value={code} onChange={(event) => changeChannel(event.currentTarget.value)}>
          {CHANNELS.map(({ code, label, currency }) => (
            <option key={code} value={code}>{label} ({currency})</option>
          ))}
        </select>
        <select
          aria-label={say.language}
          value={chosen}
          onChange={(event) => language.set(event.currentTarget.value === "de" ? "de" : "en")}
        >
          {LANGUAGES.map(([code, name]) => (
            <option key={code} value={code} lang={code}>{name}</option>
          ))}
        </select>
      </div>
    </header>
  );
}

const root = document.getElementById("shop");
if (root) render(<Shop />, root);
void loadCart();
