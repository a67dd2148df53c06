package iam

import "encoding/base64"

// listInput limits a listing.
type listInput struct {
	PathPrefix *string
	paging
}

// listOfInput names an entity whose parts are listed.
type listOfInput struct {
	entityName
	paging
}

// paging is the part of an input that asks for a page.
type paging struct {
	Marker   *string
	MaxItems *int
}

// paged is the part of an output that says whether there is more.
type paged struct {
	IsTruncated bool
	Marker      *string
}

// defaultPage is how many items a page has when the caller names no number.
const defaultPage = 100

// page cuts out what the caller asked for. Items are in the order of their keys; the marker is the key of the last one sent, so
// that what is made or deleted between two calls does not shift the pages.
func page[T any](p paging, items []T, key func(T) string) ([]T, paged, error) {
	if p.Marker != nil {
		after, err := base64.RawURLEncoding.DecodeString(*p.Marker)
		if err != nil {
			return nil, paged{}, invalid("Invalid Marker.")
		}
		first := 0
		for first < len(items) && key(items[first]) <= string(after) {
			first++
		}
		items = items[first:]
	}
	n := or(p.MaxItems, defaultPage)
	if len(items) <= n {
		return items, paged{}, nil
	}
	marker := base64.RawURLEncoding.EncodeToString([]byte(key(items[n-1])))
	return items[:n], paged{true, &marker}, nil
}
