// The account: signing in, registering, the links of mails, and the orders of a customer.
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { day, language, less, money, useWords } from "./choice";
import { client, mutate, Unreachable, useQuery } from "./client";
import {
  DeletionConfirmDocument, EmailConfirmDocument, type FailedFragment, MeDocument, OrdersDocument, type OrdersQuery,
  RegisterConfirmDocument, RegisterDocument, ResetDocument, ResetRequestDocument, SignInDocument, SignOutDocument,
  type TokensFragment,
} from "./generated";
import { go, Link, Title, usePlace } from "./router";
import { deviceToken, endSession, keepSession, useSignedIn } from "./session";
import { Field, Form, Loading, NotReachable, useTask, type Wrong, wrong } from "./ui";
import { statuses } from "./words";

export function AccountPage(): JSX.Element {
  const { path, query } = usePlace();
  const isSignedIn = useSignedIn();
  // The link of a mail. Its token is a secret: it is taken out of the address at once.
  const [link, setLink] = useState(() => ({ action: query.get("action"), token: query.get("token") }));
  useEffect(() => {
    if (!query.has("token")) return;
    setLink({ action: query.get("action"), token: query.get("token") });
    go("/account", "replace");
  }, [query]);
  if (link.action && link.token) {
    const done = (): void => setLink({ action: null, token: null });
    return <FromMail key={link.token} action={link.action} token={link.token} done={done} />;
  }
  if (isSignedIn) return <Overview />;
  if (path[1] === "register") return <Register />;
  if (path[1] === "reset") return <ResetRequest />;
  return <SignIn />;
}

function signedIn(answer: TokensFragment | FailedFragment, known: string[]): Wrong | null {
  if (answer.__typename !== "SessionTokens") return wrong(answer, known);
  keepSession(answer);
  return null;
}

function SignIn(): JSX.Element {
  const say = useWords();
  const task = useTask();
  async function send(values: Record<string, string>): Promise<Wrong | null> {
    const input = { email: values["email"] ?? "", password: values["password"] ?? "", deviceToken: deviceToken.value };
    return signedIn((await mutate(SignInDocument, { input })).signIn, ["email", "password"]);
  }
  return (
    <>
      <Title>{say.signIn}</Title>
      <Form task={task} button={say.signIn} send={send}>
        <Field name="email" type="email" label={say.email} wrong={task.wrong} complete="username" />
        <Field name="password" type="password" label={say.password} wrong={task.wrong} complete="current-password" />
      </Form>
      <p><Link to="/account/reset">{say.forgotten}</Link></p>
      <p>{say.noAccount} <Link to="/account/register">{say.register}</Link></p>
    </>
  );
}

interface LinkProperties {
  title: string;
  hasName?: boolean;
  request: (email: string, name: string) => Promise<FailedFragment | { __typename: string }>;
}

/** A form that has a link sent by mail. The answer is the same whether the address is known or not. */
function LinkRequest({ title, hasName = false, request }: LinkProperties): JSX.Element {
  const say = useWords();
  const task = useTask();
  const [sentTo, sent] = useState<string | null>(null);
  async function send(values: Record<string, string>): Promise<Wrong | null> {
    const email = values["email"] ?? "";
    const answer = await request(email, values["name"] ?? "");
    if ("errorCode" in answer) return wrong(answer, ["email", "name"]);
    sent(email);
    return null;
  }
  return (
    <>
      <Title>{title}</Title>
      {sentTo ? (
        <p role="status">{say.mailSent(sentTo)}</p>
      ) : (
        <Form task={task} button={say.sendLink} send={send}>
          {hasName && <Field name="name" label={say.name} wrong={task.wrong} complete="name" />}
          <Field name="email" type="email" label={say.email} wrong={task.wrong} complete="email" />
        </Form>
      )}
      <p>{say.hasAccount} <Link to="/account">{say.signIn}</Link></p>
    </>
  );
}

function Register(): JSX.Element {
  const request = async (email: string, name: string): ReturnType<LinkProperties["request"]> =>
    (await mutate(RegisterDocument, { input: { email, name } })).customerRegister;
  return <LinkRequest title={useWords().register} hasName request={request} />;
}

function ResetRequest(): JSX.Element {
  const request = async (email: string): ReturnType<LinkProperties["request"]> =>
    (await mutate(ResetRequestDocument, { email })).passwordResetRequest;
  return <LinkRequest title={useWords().resetTitle} request={request} />;
}

interface MailProperties {
  action: string;
  token: string;
  done: () => void;
}

function FromMail({ action, token, done }: MailProperties): JSX.Element {
  if (action === "email" || action === "delete") return <Confirm action={action} token={token} done={done} />;
  return <ChoosePassword action={action} token={token} done={done} />;
}

function ChoosePassword({ action, token, done }: MailProperties): JSX.Element {
  const say = useWords();
  const task = useTask();
  async function send(values: Record<string, string>): Promise<Wrong | null> {
    const variables = { token, password: values["password"] ?? "" };
    const answer =
      action === "register"
        ? (await mutate(RegisterConfirmDocument, variables)).customerRegisterConfirm
        : (await mutate(ResetDocument, variables)).passwordReset;
    const found = signedIn(answer, ["password"]);
    if (!found) done();
    return found;
  }
  return (
    <>
      <Title>{say.choosePassword}</Title>
      <Form task={task} button={say.savePassword} send={send}>
        <Field name="password" type="password" label={say.newPassword} hint={say.passwordHint} wrong={task.wrong} complete="new-password" />
      </Form>
    </>
  );
}

function Confirm({ action, token, done }: MailProperties): JSX.Element {
  const say = useWords();
  const task = useTask();
  const [isDone, setDone] = useState(false);
  const isEmail = action === "email";
  async function send(): Promise<Wrong | null> {
    const answer = isEmail
      ? (await mutate(EmailConfirmDocument, { token })).emailChangeConfirm
      : (await mutate(DeletionConfirmDocument, { token })).accountDeletionConfirm;
    if ("errorCode" in answer) return wrong(answer);
    setDone(true);
    return null;
  }
  return (
    <>
      <Title>{isEmail ? say.confirmEmail : say.confirmDeletion}</Title>
      {isDone ? (
        <>
          <p role="status">{isEmail ? say.emailConfirmed : say.deletionConfirmed}</p>
          <button type="button" onClick={done}>{say.account}</button>
        </>
      ) : (
        <Form task={task} button={say.confirm} send={send}>
          {null}
        </Form>
      )}
    </>
  );
}

function Overview(): JSX.Element {
  const say = useWords();
  const task = useTask();
  const me = useQuery(MeDocument, {});
  if (me.isFailed) return <NotReachable again={me.again} />;
  if (!me.data) return <Loading />;
  const { customer, name } = me.data.me;
  async function signOut(): Promise<null> {
    await mutate(SignOutDocument, {});
    endSession();
    return null;
  }
  return (
    <>
      <Title>{say.hello(customer?.name ?? name)}</Title>
      <p>{customer?.email}</p>
      <button type="button" disabled={task.isBusy} onClick={() => task.run(signOut)}>{say.signOut}</button>
      <h2>{say.yourOrders}</h2>
      <Orders />
    </>
  );
}

function Orders(): JSX.Element {
  const say = useWords();
  const chosen = language.use();
  const first = useQuery(OrdersDocument, {});
  const [more, setMore] = useState<OrdersQuery["orders"][]>([]);
  const task = useTask();
  if (first.isFailed) return <NotReachable again={first.again} />;
  if (!first.data) return <Loading />;
  const pages = [first.data.orders, ...more];
  const orders = pages.flatMap(({ nodes }) => nodes);
  const info = pages.at(-1)?.pageInfo;
  if (!orders.length) return <p>{say.noOrders}</p>;
  async function load(): Promise<null> {
    const { data } = await client.query(OrdersDocument, { after: info?.endCursor ?? null });
    if (!data) throw new Unreachable();
    setMore([...more, data.orders]);
    return null;
  }
  return (
    <>
      <ul class="lines">
        {orders.map(({ id, number, status, placedAt, total, amountCancelled }) => (
          <li key={id}>
            <Link to={`/orders/${encodeURIComponent(id)}`}>{say.order(number ?? "")}</Link>
            <span class="quiet">{placedAt && day(placedAt)}, {statuses[status][chosen]}</span>
            <span>{money(less(total, amountCancelled))}</span>
          </li>
        ))}
      </ul>
      {info?.hasNextPage && (
        <button type="button" disabled={task.isBusy} onClick={() => task.run(load)}>{say.more}</button>
      )}
    </>
  );
}
