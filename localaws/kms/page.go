package kms

import "slices"

// pageInput asks for a page of a list. Limit is the most members that it may have, and Marker is NextMarker of the page before.
type pageInput struct {
	Limit  *int
	Marker string
}

// pageOutput says whether a list goes on after its page.
type pageOutput struct {
	NextMarker string `json:",omitempty"`
	Truncated  bool
}

// page cuts a page out of a list that is in the order of its ids. A marker is the id of the last member that was shown, which may be gone.
func page[T any](list []T, in pageInput, usual int, id func(T) string) ([]T, pageOutput) {
	limit := pageSize(in.Limit, usual)
	from := slices.IndexFunc(list, func(v T) bool { return id(v) > in.Marker })
	if from < 0 {
		from = len(list)
	}
	if list = list[from:]; len(list) <= limit {
		return list, pageOutput{}
	}
	return list[:limit], pageOutput{id(list[limit-1]), true}
}
