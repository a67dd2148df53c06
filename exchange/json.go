package exchange

import (
	"errors"

	"aircon"
	"aircon/internal/py"
)

// readJSON is _parse_json_file: an object by conn_id.
func readJSON(text string, _ aircon.Runtime) ([]entry, error) {
	if text == "" {
		return nil, &FileError{Reason: "the file is empty"}
	}
	places := map[string]int{}
	value, err := py.LoadsKeys(text, func(key string, at int) { places[key] = at })
	if syntax := (*py.JSONError)(nil); errors.As(err, &syntax) {
		return nil, &FileError{syntax.Line, syntax.Column, "not JSON: " + py.Lower(syntax.Message[:1]) + syntax.Message[1:]}
	}
	if err != nil {
		return nil, &FileError{Reason: err.Error()}
	}
	object, is := value.(*py.Dict)
	if !is {
		return nil, &FileError{1, 1, "a value of Python's type " + py.TypeName(value) + ", where an object of connections by their ids belongs"}
	}
	var entries []entry
	for id, value := range object.All() {
		line, column := py.Position(text, places[id])
		entries = append(entries, entry{id: id, value: value, line: line, column: column})
	}
	return entries, nil
}

func writeJSON(rt aircon.Runtime, connections []aircon.Connection) (string, error) {
	text, err := aircon.ExportJSON.Write(rt, connections...)
	return text.Reveal(), err
}
