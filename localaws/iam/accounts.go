package iam

import "aircon/internal/store"

// List returns the accounts that have a user, a role or a group, in order. It looks at one entity of each.
func (a *Accounts) List(tx store.Tx) (accounts []string, err error) {
	account, err := accountAfter(tx, "")
	for account != "" && err == nil {
		accounts = append(accounts, account)
		account, err = accountAfter(tx, account+"\xff")
	}
	return accounts, err
}

// accountAfter returns the account of the first entity whose key comes after that, or "".
func accountAfter(tx store.Tx, after string) (account string, err error) {
	for e, err := range tx.Scan(entities.Name, "", after) {
		if err != nil {
			return "", err
		}
		if account = e.Value.(*entity).Account; account != "" {
			break
		}
	}
	return account, nil
}
