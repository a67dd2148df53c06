package kms

import (
	"encoding/base64"
	"encoding/json"

	"aircon/localaws/op"
)

// tokens are grant tokens, which a request may carry. A grant is in force from when it is made, so they add nothing to it; but a text that is
// none is refused.
type tokens struct{ GrantTokens []string }

func (t *tokens) valid(c *op.Call) error {
	for _, token := range t.GrantTokens {
		if _, err := readGrantToken(c, token); err != nil {
			return err
		}
	}
	return nil
}

// tokenUse tells grant tokens from whatever else the store's key seals.
const tokenUse = "kms grant token"

// ticket is what a grant token says: the row of its grant.
type ticket struct{ Row string }

func grantToken(c *op.Call, g *grant) (string, error) {
	text, err := json.Marshal(ticket{g.row()})
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(c.Sealer.Seal(text, []byte(tokenUse))), nil
}

func readGrantToken(c *op.Call, token string) (ticket, error) {
	var t ticket
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil {
		var text []byte
		if text, err = c.Sealer.Open(sealed, []byte(tokenUse)); err == nil {
			err = json.Unmarshal(text, &t)
		}
	}
	if err != nil {
		return ticket{}, badGrantToken()
	}
	return t, nil
}
