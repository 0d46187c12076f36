CREATE TABLE categories (id int PRIMARY KEY, name text NOT NULL);

CREATE TABLE products (
  id int PRIMARY KEY,
  category_id int NOT NULL REFERENCES categories,
  name text NOT NULL,
  price numeric(10, 2) NOT NULL,
  active boolean NOT NULL DEFAULT true
);
CREATE INDEX products_category_id_idx ON products (category_id);

CREATE TABLE customers (
  id bigint PRIMARY KEY,
  email text NOT NULL UNIQUE,
  name text NOT NULL,
  country char(2) NOT NULL,
  created_at timestamptz NOT NULL
);

CREATE TABLE addresses (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers ON DELETE CASCADE,
  city text NOT NULL,
  street text NOT NULL
);

CREATE TABLE orders (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL REFERENCES customers,
  status text NOT NULL,
  shipped boolean NOT NULL,
  placed_at timestamptz NOT NULL,
  total numeric(10, 2) NOT NULL
);
CREATE INDEX orders_placed_at_idx ON orders (placed_at);

CREATE TABLE order_items (
  id bigint PRIMARY KEY,
  order_id bigint NOT NULL REFERENCES orders,
  product_id int NOT NULL REFERENCES products,
  quantity int NOT NULL,
  price numeric(10, 2) NOT NULL
);
CREATE INDEX order_items_order_id_idx ON order_items (order_id);

CREATE TABLE payments (
  id bigint PRIMARY KEY,
  order_id bigint NOT NULL UNIQUE REFERENCES orders,
  amount numeric(10, 2) NOT NULL,
  paid_at timestamptz NOT NULL,
  reference text NOT NULL
);
CREATE INDEX payments_paid_at_idx ON payments (paid_at);

CREATE TABLE reviews (
  id bigint PRIMARY KEY,
  product_id int NOT NULL REFERENCES products,
  customer_id bigint NOT NULL,
  rating smallint NOT NULL,
  body text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX reviews_product_id_idx ON reviews (product_id);

CREATE TABLE sessions (
  id bigint PRIMARY KEY,
  token text NOT NULL,
  customer_id bigint,
  expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_token_idx ON sessions (token);

CREATE TABLE carts (
  id bigint PRIMARY KEY,
  customer_id bigint NOT NULL,
  state text NOT NULL,
  updated_at timestamptz NOT NULL
);
CREATE INDEX carts_customer_id_idx ON carts (customer_id);
