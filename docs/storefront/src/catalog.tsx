// The list of products and a product.
import { useState } from "preact/hooks";
import { addLine } from "./cart";
import { channel, language, money, say, useChannel } from "./choice";
import { mutate, useQuery } from "./client";
import { BackInStockDocument, CategoriesDocument, ProductDocument, type ProductSort, ProductsDocument, type ProductsQuery } from "./generated";
import { usePages } from "./pages";
import { go, Link, Title, usePlace } from "./router";
import { useSignedIn } from "./session";
import { announce, Choice, Field, Form, nameOf, type Outcome, Short, Unread, type Value } from "./ui";

type Product = ProductsQuery["products"]["nodes"][number];
type Offer = Pick<Product["variants"][number], "price" | "available">;

const QUANTITIES = Array.from({ length: 10 }, (_, index): [string, string] => [String(index + 1), String(index + 1)]);
const SORTS: ProductSort[] = ["NEWEST", "NAME"];

export function ProductList() {
  const { code } = useChannel();
  const { query } = usePlace();
  const search = query.get("search") ?? "";
  const category = query.get("category") ?? "";
  const sort = SORTS.find((one) => one === query.get("sort")) ?? "NEWEST";
  const variables = { channel: code, search: search || null, category: category || null, sort };
  const { nodes, more, ...reading } = usePages(ProductsDocument, variables, ({ products }) => products);
  const categories = useQuery(CategoriesDocument, {});

  function narrow(changes: Record<string, string>): void {
    const next = new URLSearchParams({ search, category, sort, ...changes });
    for (const [name, value] of [...next]) if (!value || value === "NEWEST") next.delete(name);
    go(next.size ? `/?${next}` : "/");
  }

  return (
    <>
      <Title>{search ? `${say.search}: ${search}` : say.products}</Title>
      <search class="narrow">
        <Form button={say.search} send={async (value) => (narrow({ search: value("search") }), null)}>
          <Field key={search} name="search" label={say.search} value={search} complete="off" />
        </Form>
        <Field
          name="category"
          label={say.category}
          value={category}
          options={[
            ["", say.allCategories],
            ...(categories.data?.categories.nodes ?? []).map(({ slug, name }): [string, string] => [slug, name]),
          ]}
          changed={(value) => narrow({ category: value })}
        />
        <Field
          name="sort"
          label={say.sort}
          value={sort}
          options={SORTS.map((one) => [one, say[one as "NEWEST" | "NAME"]])}
          changed={(value) => narrow({ sort: value })}
        />
      </search>
      {(reading.isLoading || reading.isFailed) && <Unread {...reading} />}
      {!reading.isLoading && !reading.isFailed && !nodes.length && <p>{say.noProducts}</p>}
      <ul class="products">
        {nodes.map((product) => (
          <ProductCard key={product.id} product={product} />
        ))}
      </ul>
      {more}
    </>
  );
}

function ProductCard({ product }: { product: Product }) {
  const offers = product.variants.filter(({ price }) => price !== null);
  const prices = offers.flatMap(({ price }) => (price ? [price] : []));
  const cheapest = prices.reduce((best, one) => (Number(one.amount) < Number(best.amount) ? one : best), prices[0]!);
  const isSoldOut = offers.every(({ available }) => available === 0);
  return (
    <li class="product">
      <Picture name={product.name} url={product.imageUrl} />
      <Link to={`/products/${product.slug}`}>{product.name}</Link>
      {cheapest && <span>{prices.length > 1 ? say.from(money(cheapest)) : money(cheapest)}</span>}
      {isSoldOut && <span class="quiet">{say.soldOut}</span>}
    </li>
  );
}

function Picture({ name, url }: { name: string; url: string | null }) {
  if (url) return <img class="picture" src={url} alt="" loading="lazy" />;
  return <span class="picture" aria-hidden="true">{name.slice(0, 1)}</span>;
}

export function ProductPage({ slug }: { slug: string }) {
  const { code } = useChannel();
  const reading = useQuery(ProductDocument, { channel: code, slug });
  const [chosen, choose] = useState<string | null>(null);
  if (!reading.data) return <Unread {...reading} />;
  const { product } = reading.data;
  const offers = product?.variants.filter(({ price }) => price !== null) ?? [];
  const variant = offers.find(({ sku }) => sku === chosen) ?? offers.find(isAvailable) ?? offers[0];
  if (!product || !variant) return <Short title={say.notFound} to="/" way={say.toProducts} />;
  const stock = (units: number | null): string =>
    units === 0 ? say.soldOut : units !== null && units < 10 ? say.fewLeft(units) : say.inStock;
  return (
    <article class="detail">
      <Picture name={product.name} url={product.imageUrl} />
      <div>
        <Title>{product.name}</Title>
        <p>{product.description}</p>
        {offers.length > 1 && (
          <fieldset>
            <legend>{say.size}</legend>
            {offers.map(({ sku, name }) => (
              <Choice key={sku} type="radio" name="sku" checked={sku === variant.sku} onChange={() => choose(sku)}>{name ?? sku}</Choice>
            ))}
          </fieldset>
        )}
        <p class="price">{variant.price && money(variant.price)}</p>
        <p class="quiet">{variant.isGiftCard ? say.byEmail : stock(variant.available)}</p>
        {isAvailable(variant) ? (
          <Form
            button={say.addToCart}
            send={async (value) => {
              const failed = await addLine(variant.sku, Number(value("quantity")));
              if (!failed) announce(say.added(nameOf({ productName: product.name, variantName: variant.name })));
              return failed;
            }}
          >
            <Field name="quantity" label={say.quantity} value="1" options={QUANTITIES} />
          </Form>
        ) : (
          <BackInStock key={variant.sku} sku={variant.sku} refused={reading.again} />
        )}
      </div>
    </article>
  );
}

/** Asks for a message when a variant is available again. A guest confirms the address by the link in a mail. */
function BackInStock({ sku, refused }: { sku: string; refused: () => void }) {
  const isSignedIn = useSignedIn();
  const [sentTo, sent] = useState<string | null>(null);
  async function send(value: Value): Promise<Outcome> {
    const email = isSignedIn ? null : value("email");
    const answer = await mutate(BackInStockDocument, { input: { channel: channel().code, sku, email, language: language.value } });
    if (answer.__typename === "BackInStockRequestReceived") sent(answer.email);
    else refused(); // it may be available by now
    return answer;
  }
  if (sentTo) return <p role="status">{isSignedIn ? say.willTell(sentTo) : say.mailSent(sentTo)}</p>;
  return (
    <Form button={say.tellMe} send={send}>
      <p>{say.backInStock}</p>
      {!isSignedIn && <Field name="email" type="email" label={say.email} complete="email" />}
    </Form>
  );
}

const isAvailable = ({ available }: Offer): boolean => available !== 0;
