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

// Countries whose addresses need a region, such as a state.
export const WITH_REGION = ["US"];
