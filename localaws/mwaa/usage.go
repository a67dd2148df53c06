package mwaa

import (
	"strings"
	"time"

	"aircon/internal/store"
)

// EnvironmentsOf returns the names of the environments that an account has at a moment, by region: what MWAA's service-linked role is in use for.
func EnvironmentsOf(tx store.Tx, account string, now time.Time) (map[string][]string, error) {
	all := map[string][]string{}
	for row, err := range environments.Scan(tx, store.Key(account, ""), "") {
		if err != nil {
			return nil, err
		}
		if _, there := row.Value.at(now); !there {
			continue
		}
		region, name, _ := strings.Cut(strings.TrimPrefix(row.Key, store.Key(account, "")), store.Key("", ""))
		all[region] = append(all[region], name)
	}
	return all, nil
}
