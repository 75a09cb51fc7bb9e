// What a shop with Relay asks: pages of a connection, an order that is read again by its ID, a mutation whose result is a
// union, and a subscription. relay-compiler checks it against schema.graphql and Relay's conventions.
import { graphql } from "relay-runtime";

graphql`
  query ShopQuery($channel: String!) {
    ...Shop_products @arguments(channel: $channel)
  }
`;

graphql`
  fragment Shop_products on Query
  @argumentDefinitions(channel: { type: "String!" }, count: { type: "Int", defaultValue: 10 }, after: { type: "String" })
  @refetchable(queryName: "ShopProductsPageQuery") {
    products(channel: $channel, first: $count, after: $after) @connection(key: "Shop_products") {
      edges { node { id name variants { sku price(channel: $channel) { amount currency } } } }
    }
  }
`;

graphql`
  fragment Shop_order on Order @refetchable(queryName: "ShopOrderQuery") {
    number
    status
    total { amount currency }
  }
`;

graphql`
  mutation ShopPlaceMutation($input: OrderPlaceInput!, $key: String) {
    orderPlace(input: $input, idempotencyKey: $key) {
      __typename
      ... on Order { ...Shop_order @alias(as: "order") }
      ... on InsufficientStock { shortages { name requested } }
      ... on UserError { errorCode message path }
    }
  }
`;

graphql`
  subscription ShopUpdatesSubscription($id: ID!, $after: String) {
    orderUpdated(id: $id, after: $after) { number cursor order { ...Shop_order } }
  }
`;
