package dags

import "bytes"

// signs are what a file holds at least one of if it uses a connection or a variable: an argument's name, a getter, a template, or the import
// of a provider, whose classes have defaults.
var signs = [][]byte{
	[]byte("conn_id"), []byte("onnection"), []byte("Variable"), []byte("providers"), []byte("var."), []byte("var["), []byte("conn."), []byte("conn["),
}

// Matters reports whether a scan of a file can find anything.
func Matters(text []byte) bool {
	for _, sign := range signs {
		if bytes.Contains(text, sign) {
			return true
		}
	}
	return false
}
