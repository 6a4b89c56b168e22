-- A shop with some 10,000 rows per table, filled from recursive queries: nothing random.
pragma foreign_keys = on;
create table customer(id integer primary key, name text not null unique, city text, note text);
create table product(id integer primary key, name text not null, price integer, description text);
create table purchase(
  id integer primary key,
  customer_id integer not null references customer(id) on delete cascade,
  day text not null,
  total integer default 0);
create table line(
  purchase_id integer not null references purchase(id) on delete cascade,
  product_id integer not null references product(id),
  quantity integer not null check(quantity > 0),
  primary key(purchase_id, product_id)) without rowid;
create index purchase_by_customer on purchase(customer_id, day);
create index line_by_product on line(product_id);
create trigger line_total after insert on line begin
  update purchase set total = total +
    new.quantity * (select price from product where id = new.product_id) where id = new.purchase_id;
end;

begin;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
  insert into customer select i, printf('customer %05d', i * 7919 % 10007),
    'city ' || (i * i % 97), substr(hex(zeroblob(i % 300)), 1, i % 500) from n;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000)
  insert into product select i, printf('product %x', i * 65537), i * 31 % 997 + 1,
    replace(printf('%*s', i % 120, ''), ' ', 'lorem ') from n;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
  insert into purchase(id, customer_id, day)
    select i, i * 6151 % 10000 + 1, date('2020-01-01', (i * 37 % 1500) || ' days') from n;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 40000)
  insert or ignore into line
    select i * 4099 % 20000 + 1, i * 1009 % 2000 + 1, i % 9 + 1 from n;
commit;
analyze;

.headers on
.mode column
select count(*), sum(total), max(total) from purchase;
select city, count(distinct c.id) customers, count(p.id) purchases, sum(p.total) total
  from customer c left join purchase p on p.customer_id = c.id
  group by city order by total desc, city limit 15;
select name, sum(quantity) sold, group_concat(distinct p.day) like '%2021%' in_2021
  from product join line on line.product_id = product.id join purchase p on p.id = purchase_id
  group by product.id order by sold desc, name limit 10;
with ranked as (
  select customer_id, day, total,
    rank() over (partition by customer_id order by total desc, day) place,
    sum(total) over (partition by customer_id order by day rows unbounded preceding) so_far
  from purchase)
  select * from ranked where place = 2 order by total desc, customer_id limit 10;
select a.name, b.name, count(*) together from line x join line y using (purchase_id)
  join product a on a.id = x.product_id join product b on b.id = y.product_id
  where a.id < b.id group by a.id, b.id order by together desc, a.id, b.id limit 10;
.mode json
select json_group_array(json_object('id', id, 'name', name, 'length', length(description)))
  from (select * from product order by id limit 200);
.mode quote
update customer set note = note || upper(name) || note where id % 3 = 0;
delete from customer where id % 5 = 0;
select count(*), sum(length(note)) from customer;
select count(*) from purchase;
select count(*) from line;
savepoint s;
delete from line;
rollback to s;
release s;
drop index line_by_product;
create index product_text on product(lower(name), length(description));
select id, name from product where lower(name) > 'product 7' order by lower(name) limit 5;
reindex;
vacuum;
pragma integrity_check;
pragma foreign_key_check;
.mode csv
select * from purchase order by day desc, id limit 3000;
