package main

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
)

// xmlText returns the text of the first element of a name, however deep.
func xmlText(document []byte, name string) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(document))
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return "", fmt.Errorf("the answer has no %s", name)
		}
		if err != nil {
			return "", err
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			err := d.DecodeElement(&text, &start)
			return text, err
		}
	}
}
