package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Environments of one name in two regions or accounts have nothing in common, and are told apart by whoever names them.
func TestAirflowHomes(t *testing.T) {
	dir := t.TempDir()
	arn := func(account, region, name string) string {
		return "arn:aws:airflow:" + region + ":" + account + ":environment/" + name
	}
	for _, e := range [][3]string{
		{"123456789012", "eu-west-1", "analytics"},
		{"123456789012", "us-east-1", "analytics"},
		{"210987654321", "us-east-1", "analytics"},
		{"123456789012", "us-east-1", "sales"},
	} {
		if err := os.MkdirAll(airflowHome(dir, arn(e[0], e[1], e[2])), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for named, want := range map[string]string{
		"sales":                            "123456789012/us-east-1/sales",
		"eu-west-1/analytics":              "123456789012/eu-west-1/analytics",
		"210987654321/us-east-1/analytics": "210987654321/us-east-1/analytics",
		"analytics":                        "which environment: 123456789012/eu-west-1/analytics, 123456789012/us-east-1/analytics, 210987654321/us-east-1/analytics",
		"us-east-1/analytics":              "which environment: 123456789012/us-east-1/analytics, 210987654321/us-east-1/analytics",
		"absent":                           "no Airflow of an environment absent has run here",
		"sales[":                           "no environment's name",
	} {
		home, err := findAirflowHome(dir, named)
		got := strings.TrimPrefix(home, filepath.Join(dir, "airflow")+"/")
		if err != nil {
			got = err.Error()
		}
		if !strings.Contains(got, want) || (home != "") != (err == nil) {
			t.Errorf("%s is %s", named, got)
		}
	}
	one, other := localMWAA{Name: "analytics", Arn: arn("1", "eu-west-1", "analytics"), AirflowVersion: "2.10.3"}, localMWAA{Name: "analytics", Arn: arn("1", "us-east-1", "analytics"), AirflowVersion: "2.10.3"}
	if metastoreName(&one) == metastoreName(&other) {
		t.Error("they share a database")
	}
	one.Name = strings.Repeat("n", 80)
	if name := metastoreName(&one); len(name) != 63 || !strings.HasSuffix(name[:25], "_2_10_3_n") {
		t.Errorf("a long name's database is %s", name)
	}
}
