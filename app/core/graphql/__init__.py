"""The GraphQL machinery: context, policy, typed errors, limits, pages, and how a request arrives."""
