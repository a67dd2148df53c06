package aircon_test

import (
	"testing"

	"aircon"
)

const (
	benchURI  = "postgres://etl:p%40ss@db.example.internal:5432/analytics?sslmode=require&keepalives_idle=300"
	benchJSON = `{"conn_type": "postgres", "host": "db.example.internal", "port": 5432, "login": "etl", "password": "p@ss", "schema": "analytics", ` +
		`"extra": {"sslmode": "require", "keepalives_idle": 300}}`
)

func BenchmarkParseURI(b *testing.B)  { benchParse(b, benchURI) }
func BenchmarkParseJSON(b *testing.B) { benchParse(b, benchJSON) }

func benchParse(b *testing.B, text string) {
	rt := runtime(b, "3.3.1")
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := aircon.ParseEnv(text, "my_db", rt); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkURI(b *testing.B) { benchWrite(b, aircon.Connection.URI) }

func BenchmarkJSON(b *testing.B) { benchWrite(b, aircon.Connection.JSON) }

func benchWrite(b *testing.B, write func(aircon.Connection, aircon.Runtime) (aircon.Secret, error)) {
	rt := runtime(b, "3.3.1")
	conn, _, err := aircon.ParseEnv(benchJSON, "my_db", rt)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := write(conn, rt); err != nil {
			b.Fatal(err)
		}
	}
}
