// What differs from shop to shop.

export const API = "/graphql";
export const BASE = "/demo-shop";
export const SHOP = "Hearth & Field";

export interface Channel {
  code: string;
  label: string;
  currency: string;
  countries: string[];
}

export const CHANNELS: [Channel, ...Channel[]] = [
  { code: "web", label: "US", currency: "USD", countries: ["US"] },
  { code: "eu", label: "EU", currency: "EUR", countries: ["DE", "FR", "NL"] },
];

// Whether buyers may order without paying by a gateway.
export const ON_INVOICE = true;

// Means of payment for tests of a gateway of a kind, by the token that stands for them. In a shop of your own, let the
// gateway's library issue the tokens, or remove them: then buyers pay on the page of the gateway.
export const TEST_TOKENS: Partial<Record<string, Record<string, "testCard" | "testDeclined" | "testAsks">>> = {
  STRIPE: { pm_card_visa: "testCard", pm_card_visa_chargeDeclined: "testDeclined", pm_card_threeDSecure2Required: "testAsks" },
};

// Countries whose addresses need a region, such as a state.
export const WITH_REGION = ["US"];
