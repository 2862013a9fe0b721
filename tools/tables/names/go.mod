module ekscompute.test/tables/names

go 1.26.0
