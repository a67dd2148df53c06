package secretsmanager

import (
	"cmp"
	"encoding/base64"
	"slices"

	"aircon/internal/store"
	"aircon/localaws/op"
)

type listInput struct {
	Filters                []filter
	IncludePlannedDeletion bool
	MaxResults             *int
	NextToken              string
	SortBy                 string
	SortOrder              string
}

type listedSecret struct {
	shownSecret
	SecretVersionsToStages map[string][]string `json:",omitempty"`
}

type listOutput struct {
	NextToken  string `json:",omitempty"`
	SecretList []listedSecret
}

// listNeeds: secretsmanager:ListSecrets, which has no resource.
func listNeeds(_ *op.Call, in *listInput) ([]op.Need, error) {
	if err := in.check(); err != nil {
		return nil, err
	}
	return general("ListSecrets"), nil
}

func (sv *service) listSecrets(c *op.Call, in *listInput) (*listOutput, error) {
	page, next, err := sv.page(c, query{
		filters: in.Filters, pending: in.IncludePlannedDeletion, limit: pageSize(in.MaxResults, maxPage), token: in.NextToken,
		by: in.SortBy, descending: in.SortOrder == "desc",
	})
	if err != nil {
		return nil, err
	}
	out := &listOutput{NextToken: next, SecretList: make([]listedSecret, 0, len(page))}
	for _, s := range page {
		out.SecretList = append(out.SecretList, listedSecret{s.shown(c.Region), s.stages()})
	}
	return out, nil
}

// query says which of the caller's secrets to list, and how.
type query struct {
	filters    []filter
	pending    bool // also those that are scheduled for deletion
	limit      int
	token      string
	by         string // created-date, last-accessed-date, last-changed-date or name; "" is created-date
	descending bool
}

// page returns one page and the token of the next, "" after the last.
func (sv *service) page(c *op.Call, q query) ([]*secret, string, error) {
	after, err := readToken(q.token)
	if err != nil {
		return nil, "", err
	}
	var found []placed
	for row, err := range secrets.Scan(c.Tx, store.Key(c.Account, c.Region, ""), "") {
		if err != nil {
			return nil, "", err
		}
		s := row.Value
		if s.gone(c.Now) || s.pending() && !q.pending || sv.lags(c, s) || !matchAll(q.filters, s) {
			continue
		}
		if q.by == "last-accessed-date" {
			s = sv.accessed.seen(s)
		}
		if at := q.position(s); after == "" || q.compare(at, after) > 0 {
			found = append(found, placed{at, s})
		}
	}
	slices.SortFunc(found, func(a, b placed) int { return q.compare(a.at, b.at) })
	next := ""
	if len(found) > q.limit {
		found = found[:q.limit]
		next = newToken(found[q.limit-1].at)
	}
	page := make([]*secret, len(found))
	for i, f := range found {
		page[i] = sv.accessed.seen(f.secret)
	}
	return page, next, nil
}

// lags reports whether a secret is too new to be listed. Without a lag none is, whatever the clock did since.
func (sv *service) lags(c *op.Call, s *secret) bool {
	return sv.options.ListLag > 0 && c.Now.Sub(s.Created) < sv.options.ListLag
}

// placed is a secret with its position in a list.
type placed struct {
	at     string
	secret *secret
}

// position is where a secret stands in the list, as a text that sorts.
func (q query) position(s *secret) string {
	at := s.Created
	switch q.by {
	case "name":
		return s.Name
	case "last-accessed-date":
		at = s.Accessed
	case "last-changed-date":
		at = s.Changed
	}
	return at.UTC().Format(dateFormat) + "\x00" + s.Name
}

func (q query) compare(a, b string) int {
	if q.descending {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

// newToken makes the token of a page that goes on after a position.
func newToken(after string) string { return base64.RawURLEncoding.EncodeToString([]byte("1" + after)) }

// readToken returns the position after which to go on, "" for the first page.
func readToken(token string) (string, error) {
	if token == "" {
		return "", nil
	}
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) < 2 || b[0] != '1' {
		return "", failure("InvalidNextTokenException", "Invalid NextToken")
	}
	return string(b[1:]), nil
}

// pageSize reads a MaxResults.
func pageSize(asked *int, standard int) int {
	if asked == nil {
		return standard
	}
	return *asked
}
