package localaws

import (
	"cmp"

	"aircon/internal/store"
	"aircon/localaws/mwaa"
	"aircon/localaws/op"
)

// RedeemedToken is what a token of CreateWebLoginToken or CreateCliToken gave its bearer.
type RedeemedToken struct {
	Identity string `json:"identity"`       // ARN of who made it
	Role     string `json:"role,omitempty"` // of Airflow, such as Admin; "" for a CLI token
}

// RedeemToken takes a token ("web" or "cli") of an environment, as its web server does: one that is good is good once.
func (s *Server) RedeemToken(account, region, environment, kind, token string) (got RedeemedToken, err error) {
	err = s.update(func(tx store.Tx) error {
		t, err := mwaa.RedeemToken(s.administration(tx, account, region), kind, environment, token)
		got = RedeemedToken{t.Identity, t.Role}
		return err
	})
	return got, err
}

// administration is a call about an account's things in a region, by nobody.
func (s *Server) administration(tx store.Tx, account, region string) *op.Call {
	return &op.Call{
		Tx: tx, Sealer: s.store.Sealer(), Partition: partition, Account: cmp.Or(account, s.options.Account), Region: cmp.Or(region, s.options.Region),
		Now: s.options.Clock(), Wall: s.options.Wall(),
	}
}

type tokenInput struct {
	environmentInput
	Kind  string `json:"kind"`
	Token string `json:"token,omitempty"`
}

func (s *Server) redeemToken(in *tokenInput) (*RedeemedToken, error) {
	got, err := s.RedeemToken(in.Account, in.Region, in.Name, in.Kind, in.Token)
	return &got, err
}
