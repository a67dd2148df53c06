package metastore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"

	"aircon"
)

// pageSize is how many connections are asked for at once: the default of [api] maximum_page_limit.
const pageSize = 100

// ReadREST reads the connections that Airflow's REST API lists: /api/v1 of Airflow 2, /api/v2 of Airflow 3. base is the web server's address;
// token is sent as a bearer token, and a null one is not. The token's user needs can_read on Connections.
func ReadREST(ctx context.Context, client *http.Client, base string, token aircon.Secret, airflow aircon.Version) (*Snapshot, error) {
	at, err := restURL(base, airflow)
	if err != nil {
		return nil, err
	}
	s := &Snapshot{rows: map[string]aircon.Connection{}}
	err = askAll(ctx, client, at, token, s.add)
	return s, err
}

// errNoURL says what an address looks like.
var errNoURL = errors.New("the REST API's address is no URL such as https://airflow.example.com")

// askAll asks for one page after another.
func askAll(ctx context.Context, client *http.Client, at *url.URL, token aircon.Secret, take func(row)) error {
	for offset := 0; ; offset += pageSize {
		at.RawQuery = url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}, "order_by": {"connection_id"}}.Encode()
		page, err := ask(ctx, client, at, token)
		if err != nil {
			return err
		}
		for _, r := range page.Connections {
			take(r)
		}
		if len(page.Connections) == 0 || offset+pageSize >= page.Total {
			return nil
		}
	}
}

// page is a part of the list.
type page struct {
	Connections []row `json:"connections"`
	Total       int   `json:"total_entries"`
}

func ask(ctx context.Context, client *http.Client, at *url.URL, token aircon.Secret) (*page, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	if !token.IsNull() {
		request.Header.Set("Authorization", "Bearer "+token.Reveal())
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("the REST API: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the REST API at %s answers %s", at.Redacted(), response.Status)
	}
	var p page
	if err := json.NewDecoder(response.Body).Decode(&p); err != nil {
		return nil, fmt.Errorf("the REST API at %s answers no JSON", at.Redacted())
	}
	return &p, nil
}
