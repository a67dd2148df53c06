package spec

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
)

// content is a text that is equal for declarations that write equal secrets, wherever they stand. It can hold literal secrets.
func content(declared any) string {
	var b strings.Builder
	writeContent(&b, reflect.ValueOf(declared))
	return b.String()
}

func writeContent(b *strings.Builder, v reflect.Value) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			b.WriteString("-")
			return
		}
		writeContent(b, v.Elem())
	case reflect.Struct:
		b.WriteByte('{')
		for i := range v.NumField() {
			if !slices.Contains([]string{"Place", "Note", "Ignore"}, v.Type().Field(i).Name) {
				writeContent(b, v.Field(i))
			}
		}
		b.WriteByte('}')
	case reflect.Slice:
		b.WriteByte('[')
		for i := range v.Len() {
			writeContent(b, v.Index(i))
		}
		b.WriteByte(']')
	case reflect.String:
		fmt.Fprintf(b, "%q", v.String())
	default:
		fmt.Fprintf(b, "%v;", v)
	}
}
