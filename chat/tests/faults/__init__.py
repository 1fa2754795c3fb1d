"""What happens when parts are taken away: processes, PostgreSQL and Redis of the tests' own."""
