// The address book of a customer.
import { useState } from "preact/hooks";
import { AddressFields, addressIn, PostalAddress } from "./address";
import { say } from "./choice";
import { mutate, useQuery } from "./client";
import {
  AddressCreateDocument, AddressDeleteDocument, AddressUpdateDocument, type BookEntryFragment, MeDocument,
} from "./generated";
import { Link, Title } from "./router";
import { Act, FormPage, isRefused, type Outcome, Unread, type Value } from "./ui";

export function AddressBook() {
  const me = useQuery(MeDocument, {});
  const [edited, edit] = useState<BookEntryFragment | "new" | null>(null);
  if (!me.data) return <Unread {...me} />;
  const entries = me.data.me.customer?.addresses ?? [];
  function done(): void {
    edit(null);
    me.again();
  }
  if (edited) return <Entry entry={edited === "new" ? undefined : edited} done={done} />;
  return (
    <>
      <Title>{say.addressBook}</Title>
      {!entries.length && <p>{say.noAddresses}</p>}
      <ul class="lines">
        {entries.map((entry) => (
          <Line key={entry.id} entry={entry} edit={() => edit(entry)} changed={me.again} />
        ))}
      </ul>
      <button type="button" class="first" onClick={() => edit("new")}>{say.newAddress}</button>
      <p><Link to="/account">{say.toAccount}</Link></p>
    </>
  );
}

function Line({ entry, edit, changed }: { entry: BookEntryFragment; edit: () => void; changed: () => void }) {
  const { id, isDefaultShipping } = entry;
  const name = `${entry.name}, ${entry.line1}`;
  const choose = () => mutate(AddressUpdateDocument, { input: { id, isDefaultShipping: true } }).finally(changed);
  const remove = () => mutate(AddressDeleteDocument, { id }).finally(changed);
  return (
    <li>
      <div>
        <PostalAddress address={entry} />
        {isDefaultShipping && <span class="quiet">{say.usualAddress}</span>}
      </div>
      <span class="quantity">
        <button type="button" aria-label={say.changeOf(name)} onClick={edit}>{say.change}</button>
        {!isDefaultShipping && <Act work={choose}>{say.makeUsual}</Act>}
        <Act work={remove} label={say.removeOf(name)}>{say.remove}</Act>
      </span>
    </li>
  );
}

/** The form of a new address, or of one that is changed. */
function Entry({ entry, done }: { entry: BookEntryFragment | undefined; done: () => void }) {
  const fields = { of: "address", from: entry };
  async function send(value: Value): Promise<Outcome> {
    const address = addressIn(value, fields);
    const answer = entry
      ? await mutate(AddressUpdateDocument, { input: { id: entry.id, address } })
      : await mutate(AddressCreateDocument, { input: { address } });
    if (!isRefused(answer)) done();
    return answer;
  }
  const back = <button type="button" onClick={done}>{say.back}</button>;
  return (
    <FormPage title={entry ? say.changeAddress : say.newAddress} button={say.storeAddress} send={send} below={back}>
      <AddressFields {...fields} />
    </FormPage>
  );
}
