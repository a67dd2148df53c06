package mwaa

import (
	"strings"

	"aircon/internal/store"
)

// EnvironmentsOf returns the names of an account's environments by region: what MWAA's service-linked role is in use for.
func EnvironmentsOf(tx store.Tx, account string) (map[string][]string, error) {
	all := map[string][]string{}
	for row, err := range environments.Scan(tx, store.Key(account, ""), "") {
		if err != nil {
			return nil, err
		}
		region, name, _ := strings.Cut(strings.TrimPrefix(row.Key, store.Key(account, "")), store.Key("", ""))
		all[region] = append(all[region], name)
	}
	return all, nil
}
