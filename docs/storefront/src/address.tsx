// Postal addresses: as text, and as fields of a form.
import { useState } from "preact/hooks";
import { country, say, useChannel } from "./choice";
import { WITH_REGION } from "./config";
import type { AddressFragment, AddressInput } from "./generated";
import { Field, type Value } from "./ui";

export type Address = Omit<AddressFragment, "__typename">;

export function PostalAddress({ address }: { address: Address }) {
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

interface Properties {
  of: string; // the input that the address belongs to, such as "shippingAddress"
  from: Address | undefined;
}

export function AddressFields({ of, from }: Properties) {
  const { countries } = useChannel();
  const offered = from && !countries.includes(from.country) ? [...countries, from.country] : countries;
  const [chosen, choose] = useState(from?.country ?? countries[0] ?? "");
  const field = (name: keyof Address, label: string, complete: AutoFill) => (
    <Field name={`${of}.${name}`} label={label} value={from?.[name] ?? ""} complete={complete} />
  );
  return (
    <>
      {field("name", say.name, "name")}
      {field("line1", say.line1, "address-line1")}
      {field("line2", say.line2, "address-line2")}
      {field("postalCode", say.postalCode, "postal-code")}
      {field("city", say.city, "address-level2")}
      {WITH_REGION.includes(chosen) && field("region", say.state, "address-level1")}
      <Field
        name={`${of}.country`}
        label={say.country}
        value={chosen}
        complete="country"
        options={offered.map((code) => [code, country(code)])}
        changed={choose}
      />
    </>
  );
}

/** The address in the fields. What has no field is taken from the address that was edited. */
export function addressIn(value: Value, { of, from }: Properties): AddressInput {
  const text = (name: string): string => value(`${of}.${name}`).trim();
  return {
    name: text("name"),
    company: from?.company ?? null,
    line1: text("line1"),
    line2: text("line2") || null,
    postalCode: text("postalCode") || null,
    city: text("city"),
    region: text("region") || null,
    country: text("country"),
    phone: from?.phone ?? null,
  };
}
