// The account: signing in, registering, the links of mails, and what a customer can read and change.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { AddressBook } from "./address-book";
import type { Failed } from "./cart";
import { day, language, less, money, say } from "./choice";
import { mutate, useQuery } from "./client";
import {
  DeletionConfirmDocument, EmailChangeDocument, EmailConfirmDocument, MeDocument, OrdersDocument, PasswordChangeDocument,
  RegisterConfirmDocument, RegisterDocument, ResetDocument, ResetRequestDocument, SignInDocument, SignOutDocument, type TokensFragment,
} from "./generated";
import { usePages } from "./pages";
import { go, Link, Title, usePlace } from "./router";
import { deviceToken, endSession, keepSession, useSignedIn } from "./session";
import { Act, announce, Field, Form, FormPage, isRefused, type Outcome, Unread, type Value } from "./ui";
import { statuses } from "./words";

export function AccountPage() {
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
    const Linked = link.action === "email" || link.action === "delete" ? Confirm : ChoosePassword;
    const done = (): void => setLink({ action: null, token: null });
    return <Linked key={link.token} action={link.action} token={link.token} done={done} />;
  }
  if (isSignedIn && path[1] === "addresses") return <AddressBook />;
  if (isSignedIn && path[1] === "password") return <ChangePassword />;
  if (isSignedIn && path[1] === "email") return <ChangeEmail />;
  if (isSignedIn) return <Overview />;
  if (path[1] === "register") return <Register />;
  if (path[1] === "reset") return <ResetRequest />;
  return <SignIn />;
}

/** Keep the session in an answer, if it has one. */
function signedIn(answer: TokensFragment | Failed): Outcome {
  if (answer.__typename === "SessionTokens") keepSession(answer);
  return answer;
}

function Password({ name, isNew = false }: { name: string; isNew?: boolean }) {
  const label = isNew ? say.newPassword : name === "currentPassword" ? say.currentPassword : say.password;
  const complete = isNew ? "new-password" : "current-password";
  return <Field name={name} type="password" label={label} hint={isNew ? say.passwordHint : ""} complete={complete} />;
}

function SignIn() {
  async function send(value: Value): Promise<Outcome> {
    const input = { email: value("email"), password: value("password"), deviceToken: deviceToken.value };
    return signedIn(await mutate(SignInDocument, { input }));
  }
  return (
    <>
      <Title>{say.signIn}</Title>
      <Form button={say.signIn} send={send}>
        <Field name="email" type="email" label={say.email} complete="username" />
        <Password name="password" />
      </Form>
      <p><Link to="/account/reset">{say.forgotten}</Link></p>
      <p>{say.noAccount} <Link to="/account/register">{say.register}</Link></p>
    </>
  );
}

interface LinkProperties {
  title: string;
  label?: string; // of the address
  before?: ComponentChildren; // fields
  after?: ComponentChildren;
  back: ComponentChildren;
  request: (value: Value) => Promise<Outcome>;
}

/** A form that has a link sent by mail. The answer is the same whether the address is known or not. */
function LinkRequest({ title, label, before, after, back, request }: LinkProperties) {
  const [sentTo, sent] = useState<string | null>(null);
  async function send(value: Value): Promise<Outcome> {
    const answer = await request(value);
    if (!isRefused(answer)) sent(value("email"));
    return answer;
  }
  return (
    <>
      <Title>{title}</Title>
      {sentTo ? (
        <p role="status">{say.mailSent(sentTo)}</p>
      ) : (
        <Form button={say.sendLink} send={send}>
          {before}
          <Field name="email" type="email" label={label ?? say.email} complete="email" />
          {after}
        </Form>
      )}
      <p>{back}</p>
    </>
  );
}

function ToSignIn() {
  return <>{say.hasAccount} <Link to="/account">{say.signIn}</Link></>;
}

function Register() {
  const request = (value: Value): Promise<Outcome> =>
    mutate(RegisterDocument, { input: { email: value("email"), name: value("name") } });
  const name = <Field name="name" label={say.name} complete="name" />;
  return <LinkRequest title={say.register} before={name} back={<ToSignIn />} request={request} />;
}

function ResetRequest() {
  const request = (value: Value): Promise<Outcome> => mutate(ResetRequestDocument, { email: value("email") });
  return <LinkRequest title={say.resetTitle} back={<ToSignIn />} request={request} />;
}

function ChangeEmail() {
  const request = (value: Value): Promise<Outcome> =>
    mutate(EmailChangeDocument, { input: { email: value("email"), currentPassword: value("currentPassword") } });
  const password = <Password name="currentPassword" />;
  return <LinkRequest title={say.changeEmail} label={say.newEmail} after={password} back={<ToAccount />} request={request} />;
}

function ToAccount() {
  return <Link to="/account">{say.toAccount}</Link>;
}

function ChangePassword() {
  async function send(value: Value): Promise<Outcome> {
    const input = { currentPassword: value("currentPassword"), newPassword: value("newPassword") };
    const answer = await mutate(PasswordChangeDocument, { input });
    if (isRefused(answer)) return answer;
    announce(say.passwordChanged);
    go("/account");
    return null;
  }
  return (
    <FormPage title={say.changePassword} button={say.savePassword} send={send} below={<ToAccount />}>
      <Password name="currentPassword" />
      <Password name="newPassword" isNew />
    </FormPage>
  );
}

interface MailProperties {
  action: string;
  token: string;
  done: () => void;
}

function ChoosePassword({ action, token, done }: MailProperties) {
  async function send(value: Value): Promise<Outcome> {
    const variables = { token, password: value("password") };
    const answer = await (action === "register" ? mutate(RegisterConfirmDocument, variables) : mutate(ResetDocument, variables));
    if (!isRefused(answer)) done();
    return signedIn(answer);
  }
  return (
    <FormPage title={say.choosePassword} button={say.savePassword} send={send}>
      <Password name="password" isNew />
    </FormPage>
  );
}

function Confirm({ action, token, done }: MailProperties) {
  const [isDone, setDone] = useState(false);
  const isEmail = action === "email";
  async function send(): Promise<Outcome> {
    const answer = await (isEmail ? mutate(EmailConfirmDocument, { token }) : mutate(DeletionConfirmDocument, { token }));
    setDone(!isRefused(answer));
    return answer;
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
        <Form button={say.confirm} send={send} />
      )}
    </>
  );
}

function Overview() {
  const me = useQuery(MeDocument, {});
  if (!me.data) return <Unread {...me} />;
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
      <ul class="links">
        <li><Link to="/account/addresses">{say.addressBook}</Link></li>
        <li><Link to="/account/password">{say.changePassword}</Link></li>
        <li><Link to="/account/email">{say.changeEmail}</Link></li>
      </ul>
      <h2>{say.yourOrders}</h2>
      <Orders />
      <Act work={signOut}>{say.signOut}</Act>
    </>
  );
}

function Orders() {
  const { nodes, more, ...reading } = usePages(OrdersDocument, {}, ({ orders }) => orders);
  if (reading.isLoading || reading.isFailed) return <Unread {...reading} />;
  if (!nodes.length) return <p>{say.noOrders}</p>;
  return (
    <>
      <ul class="lines">
        {nodes.map(({ id, number, status, placedAt, total, amountCancelled }) => (
          <li key={id}>
            <Link to={`/orders/${encodeURIComponent(id)}`}>{say.order(number ?? "")}</Link>
            <span class="quiet">{placedAt && day(placedAt)}, {statuses[status][language.value]}</span>
            <span>{money(less(total, amountCancelled))}</span>
          </li>
        ))}
      </ul>
      {more}
    </>
  );
}
