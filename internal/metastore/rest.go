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
	path := "api/v1"
	if airflow.Major >= 3 {
		path = "api/v2"
	}
	at, err := url.Parse(base)
	if err != nil || at.Host == "" {
		return nil, errors.New("the REST API's address is no URL such as https://airflow.example.com")
	}
	at = at.JoinPath(path, "connections")
	s := &Snapshot{rows: map[string]aircon.Connection{}}
	for offset := 0; ; offset += pageSize {
		at.RawQuery = url.Values{"limit": {strconv.Itoa(pageSize)}, "offset": {strconv.Itoa(offset)}, "order_by": {"connection_id"}}.Encode()
		page, err := ask(ctx, client, at, token)
		if err != nil {
			return nil, err
		}
		for _, r := range page.Connections {
			s.add(r)
		}
		if len(page.Connections) == 0 || offset+pageSize >= page.Total {
			return s, nil
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
