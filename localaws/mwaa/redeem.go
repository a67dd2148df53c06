package mwaa

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"time"

	"aircon/internal/store"
	"aircon/localaws/op"
)

// redeemed are the tokens that have been used, by the digest of what was sealed, until they expire.
var redeemed = store.Table[used]{Name: "mwaa.token"}

type used struct{ Expires time.Time }

// errToken says that a token is not one, is another's, was used before, or has expired; it does not say which.
var errToken = &op.Error{Code: "AccessDeniedException", Message: "the token is invalid, was used before, or has expired", Status: http.StatusForbidden}

// RedeemToken returns what a token says, if this local AWS made it, of this kind and for the account's environment of this name, it has not expired
// on the service's clock, and nobody has redeemed it before. The environment must still run.
//
// Source: the MWAA User Guide, "Create a Apache Airflow web server access token": "The token returned in the response is valid for 60 seconds."
func RedeemToken(c *op.Call, kind, name, token string) (Token, error) {
	e, err := running(c, name)
	if err != nil {
		return Token{}, err
	}
	sealed, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil {
		return Token{}, errToken
	}
	text, err := c.Sealer.Open(sealed, []byte(tokenUse))
	if err != nil {
		return Token{}, errToken
	}
	var t Token
	if err := json.Unmarshal(text, &t); err != nil || t.Kind != kind || t.Environment != e.Arn || !c.Now.Before(t.Expires) {
		return Token{}, errToken
	}
	if err := forgetTokens(c); err != nil {
		return Token{}, err
	}
	digest := sha256.Sum256(sealed) // not of the text, as base64 has several for the same bytes
	key := hex.EncodeToString(digest[:])
	before, err := redeemed.Get(c.Tx, key)
	if err != nil {
		return Token{}, err
	}
	if before != nil {
		return Token{}, errToken
	}
	return t, redeemed.Put(c.Tx, key, &used{t.Expires})
}

// forgetTokens forgets those that have expired since they were used.
func forgetTokens(c *op.Call) error {
	var gone []string
	for row, err := range redeemed.Scan(c.Tx, "", "") {
		if err != nil {
			return err
		}
		if !c.Now.Before(row.Value.Expires) {
			gone = append(gone, row.Key)
		}
	}
	for _, key := range gone {
		if err := redeemed.Delete(c.Tx, key); err != nil {
			return err
		}
	}
	return nil
}
