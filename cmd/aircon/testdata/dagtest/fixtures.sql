CREATE TABLE orders (id int, item text);
INSERT INTO orders VALUES (1, 'tea'), (2, 'milk');
