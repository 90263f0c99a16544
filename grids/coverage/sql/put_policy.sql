-- $1 district, $2 version, $3 valid from, $4 document
insert into gridward.policy (district, version, valid_from, document) values ($1, $2, $3, $4)
on conflict (district, version) do update set valid_from = excluded.valid_from, document = excluded.document
