module ekscompute.test/tables/members

go 1.26.0
