// The list of products and a product.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { addLine } from "./cart";
import { money, useChannel, useWords } from "./choice";
import { client, Unreachable, useQuery } from "./client";
import { CategoriesDocument, ProductDocument, type ProductSort, ProductsDocument, type ProductsQuery, type ProductsQueryVariables } from "./generated";
import { go, Link, Title, usePlace } from "./router";
import { announce, Field, Form, Loading, NotReachable, Problem, RIGHT, Short, useTask, wrong } from "./ui";

type Product = ProductsQuery["products"]["nodes"][number];
type Offer = Pick<Product["variants"][number], "price" | "available">;

const SORTS: ProductSort[] = ["NEWEST", "NAME"];

export function ProductList(): JSX.Element {
  const say = useWords();
  const { code } = useChannel();
  const { query } = usePlace();
  const search = query.get("search") ?? "";
  const category = query.get("category") ?? "";
  const sort = SORTS.find((one) => one === query.get("sort")) ?? "NEWEST";
  const variables = { channel: code, search: search || null, category: category || null, sort };
  const first = useQuery(ProductsDocument, variables);
  const categories = useQuery(CategoriesDocument, {});
  const more = useMore(JSON.stringify(variables), first.data?.products);

  function narrow(changes: Record<string, string>): void {
    const next = new URLSearchParams({ search, category, sort, ...changes });
    for (const [name, value] of [...next]) if (!value || value === "NEWEST") next.delete(name);
    go(next.size ? `/?${next}` : "/");
  }

  return (
    <>
      <Title>{search ? `${say.search}: ${search}` : say.products}</Title>
      <search class="narrow">
        <Form task={useTask()} button={say.search} send={async (values) => (narrow({ search: values["search"] ?? "" }), null)}>
          <Field key={search} name="search" label={say.search} value={search} wrong={RIGHT} complete="off" />
        </Form>
        <Field
          name="category"
          label={say.category}
          value={category}
          wrong={RIGHT}
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
          wrong={RIGHT}
          options={SORTS.map((one) => [one, say[one as "NEWEST" | "NAME"]])}
          changed={(value) => narrow({ sort: value })}
        />
      </search>
      {first.isFailed && <NotReachable again={first.again} />}
      {first.isLoading && <Loading />}
      {first.data?.products.nodes.length === 0 && <p>{say.noProducts}</p>}
      <ul class="products">
        {more.products.map((product) => (
          <ProductCard key={product.id} product={product} />
        ))}
      </ul>
      <Problem wrong={more.task.wrong} />
      {more.after && (
        <button type="button" disabled={more.task.isBusy} onClick={() => more.load({ ...variables, after: more.after })}>
          {say.more}
        </button>
      )}
    </>
  );
}

interface More {
  products: Product[];
  after: string | null;
  task: ReturnType<typeof useTask>;
  load: (variables: ProductsQueryVariables) => void;
}

/** The products of the first page and of those that were loaded after it. */
function useMore(key: string, first: ProductsQuery["products"] | undefined): More {
  const [pages, setPages] = useState<ProductsQuery["products"][]>([]);
  useEffect(() => setPages(first ? [first] : []), [key, first]);
  const task = useTask();
  const load = (variables: ProductsQueryVariables): void =>
    task.run(async () => {
      const { data } = await client.query(ProductsDocument, variables);
      if (!data) throw new Unreachable();
      setPages((before) => [...before, data.products]);
      return null;
    });
  const info = pages.at(-1)?.pageInfo;
  const after = info?.hasNextPage ? info.endCursor : null;
  return { products: pages.flatMap(({ nodes }) => nodes), after, task, load };
}

function ProductCard({ product }: { product: Product }): JSX.Element {
  const say = useWords();
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

function Picture({ name, url }: { name: string; url: string | null }): JSX.Element {
  if (url) return <img class="picture" src={url} alt="" loading="lazy" />;
  return (
    <span class="picture" aria-hidden="true">{name.slice(0, 1)}</span>
  );
}

export function ProductPage({ slug }: { slug: string }): JSX.Element {
  const say = useWords();
  const { code } = useChannel();
  const { data, isFailed, isLoading, again } = useQuery(ProductDocument, { channel: code, slug });
  const [chosen, choose] = useState<string | null>(null);
  const task = useTask();
  if (isFailed) return <NotReachable again={again} />;
  if (isLoading) return <Loading />;
  const product = data?.product;
  const offers = product?.variants.filter(({ price }) => price !== null) ?? [];
  const variant = offers.find(({ sku }) => sku === chosen) ?? offers.find(isAvailable) ?? offers[0];
  if (!product || !variant) return <Short title={say.notFound} to="/" way={say.toProducts} />;
  const whole = `${product.name} ${variant.name ?? ""}`.trim();
  return (
    <article class="detail">
      <Picture name={product.name} url={product.imageUrl} />
      <div>
        <Title>{product.name}</Title>
        <p>{product.description}</p>
        <Form
          task={task}
          button={say.addToCart}
          send={async (values) => {
            const failed = await addLine(variant.sku, Number(values["quantity"]));
            if (failed) return wrong(failed, ["lines.0.quantity"]);
            announce(say.added(whole));
            return null;
          }}
        >
          {offers.length > 1 && (
            <fieldset>
              <legend>{say.size}</legend>
              {offers.map(({ sku, name }) => (
                <label key={sku} class="choice">
                  <input type="radio" name="sku" value={sku} checked={sku === variant.sku} onChange={() => choose(sku)} />
                  {name ?? sku}
                </label>
              ))}
            </fieldset>
          )}
          <p class="price">{variant.price && money(variant.price)}</p>
          <p class="quiet">{isAvailable(variant) ? say.inStock(variant.available ?? 10) : say.soldOut}</p>
          <Quantity label={say.quantity} />
        </Form>
      </div>
    </article>
  );
}

const isAvailable = ({ available }: Offer): boolean => available !== 0;

function Quantity({ label }: { label: string }): JSX.Element {
  const numbers = Array.from({ length: 10 }, (_, index): [string, string] => [String(index + 1), String(index + 1)]);
  return <Field name="quantity" label={label} value="1" wrong={RIGHT} options={numbers} />;
}
