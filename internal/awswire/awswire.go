// Package awswire reads and writes AWS's protocols over plain Go structs, each once: JSON 1.1 (Secrets Manager, KMS),
// query with XML answers (IAM, STS), and REST-JSON (MWAA).
//
// Which function to use when:
//
//   - DecodeJSON and AppendJSON for the body of JSON 1.1 and of REST-JSON
//   - ParseForm, then Form.Decode, for a query request; AppendXML for its answer's members
//   - Routes for REST-JSON: finds the operation of a method and path, and fills what lies outside the body
//   - AppendErrorJSON and AppendErrorXML for refusals
//
// A struct's json tags carry AWS's member names. Pointers, slices, maps and what has omitempty may be left out; a nil
// pointer and a zero time are never written. time.Time is epoch seconds in JSON and ISO 8601 elsewhere; []byte is base64;
// json.RawMessage is any document, in JSON only. Of REST-JSON, the tag location says "uri" or "querystring", and
// locationName how the member is called there. Embedded structs count as their members.
//
// How each type is read and written is worked out once and kept. [Check] does so ahead of time.
//
// Sources: the Smithy specifications of awsJson1_1, awsQuery and restJson1 (https://smithy.io/2.0/aws/protocols/).
package awswire

import (
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"time"
)

// DecodeError says why a request's text cannot be read. Its message is for the client; it never quotes the text.
type DecodeError struct{ Message string }

// Error returns the message.
func (e *DecodeError) Error() string { return e.Message }

// kind is how a Go type is written.
type kind uint8

const (
	kindStruct kind = iota
	kindPointer
	kindList
	kindMap
	kindString
	kindInt
	kindFloat
	kindBool
	kindBlob
	kindTime
	kindDocument
)

// location is where a member of REST-JSON stands.
type location uint8

const (
	inBody location = iota
	inPath
	inQuery
)

// codec is what there is to know of a type.
type codec struct {
	kind   kind
	typ    reflect.Type
	elem   *codec // of pointers, lists and maps
	fields []*field
	byName map[string]*field
}

// field is a member of a structure.
type field struct {
	name      string // AWS's
	quoted    string // as it starts in JSON: "name":
	index     []int
	omitEmpty bool
	location  location
	outside   string // its name in the path or the query
	codec     *codec
}

var (
	codecs   sync.Map // reflect.Type to *codec, complete ones only
	building sync.Mutex

	timeType = reflect.TypeFor[time.Time]()
	rawType  = reflect.TypeFor[json.RawMessage]()
	blobType = reflect.TypeFor[[]byte]()
)

// Check works out how values of v's type are read and written, and says what about the type cannot be.
func Check(v any) error {
	_, err := codecOf(reflect.TypeOf(v))
	return err
}

func codecOf(t reflect.Type) (*codec, error) {
	if c, ok := codecs.Load(t); ok {
		return c.(*codec), nil
	}
	building.Lock()
	defer building.Unlock()
	b := builder{}
	c, err := b.build(t)
	if err != nil {
		return nil, fmt.Errorf("type %s has no wire form: %w", t, err)
	}
	for t, c := range b {
		codecs.LoadOrStore(t, c)
	}
	return c, nil
}

// builder holds the codecs that are being made, so that types may contain themselves.
type builder map[reflect.Type]*codec

func (b builder) build(t reflect.Type) (*codec, error) {
	if c := b[t]; c != nil {
		return c, nil
	}
	c := &codec{typ: t}
	b[t] = c
	switch t {
	case timeType:
		c.kind = kindTime
		return c, nil
	case rawType:
		c.kind = kindDocument
		return c, nil
	case blobType:
		c.kind = kindBlob
		return c, nil
	}
	return c, b.fill(c)
}

// fill sets what hangs on the type's kind.
func (b builder) fill(c *codec) (err error) {
	switch t := c.typ; t.Kind() {
	case reflect.String:
		c.kind = kindString
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		c.kind = kindInt
	case reflect.Float32, reflect.Float64:
		c.kind = kindFloat
	case reflect.Bool:
		c.kind = kindBool
	case reflect.Struct:
		c.kind, c.byName = kindStruct, map[string]*field{}
		return b.fields(c, t, nil)
	case reflect.Pointer:
		c.kind = kindPointer
		c.elem, err = b.build(t.Elem())
	case reflect.Slice:
		c.kind = kindList
		c.elem, err = b.build(t.Elem())
	case reflect.Map:
		if t.Key().Kind() != reflect.String {
			return fmt.Errorf("map keys of type %s", t.Key())
		}
		c.kind = kindMap
		c.elem, err = b.build(t.Elem())
	default:
		return fmt.Errorf("values of type %s", t)
	}
	return err
}

// fields adds the members of t, which is c's type or a struct embedded in it at index.
func (b builder) fields(c *codec, t reflect.Type, index []int) error {
	for i := range t.NumField() {
		sf := t.Field(i)
		at := append(append([]int(nil), index...), i)
		tag := sf.Tag.Get("json")
		if sf.Anonymous && tag == "" && sf.Type.Kind() == reflect.Struct {
			if err := b.fields(c, sf.Type, at); err != nil {
				return err
			}
			continue
		}
		if !sf.IsExported() || tag == "-" {
			continue
		}
		f, err := b.field(sf, at)
		if err != nil {
			return fmt.Errorf("member %s: %w", sf.Name, err)
		}
		c.fields = append(c.fields, f)
		c.byName[f.name] = f
	}
	return nil
}

func (b builder) field(sf reflect.StructField, index []int) (*field, error) {
	name, options, _ := strings.Cut(sf.Tag.Get("json"), ",")
	if name == "" {
		name = sf.Name
	}
	f := &field{name: name, quoted: string(appendString(nil, name)) + ":", index: index, outside: name}
	f.omitEmpty = strings.Contains(options, "omitempty") || strings.Contains(options, "omitzero")
	if s := sf.Tag.Get("locationName"); s != "" {
		f.outside = s
	}
	switch l := sf.Tag.Get("location"); l {
	case "":
	case "uri":
		f.location = inPath
	case "querystring":
		f.location = inQuery
	default:
		return nil, fmt.Errorf("location %q", l)
	}
	var err error
	f.codec, err = b.build(sf.Type)
	return f, err
}

// skip reports whether a member's value is left out of what is written.
func (f *field) skip(v reflect.Value) bool {
	switch f.codec.kind {
	case kindPointer:
		return v.IsNil()
	case kindTime:
		return v.IsZero()
	case kindDocument:
		return v.Len() == 0
	case kindList, kindMap, kindBlob:
		return f.omitEmpty && v.Len() == 0
	default:
		return f.omitEmpty && v.IsZero()
	}
}

// target resolves what into points to.
func target(into any) (reflect.Value, *codec, error) {
	v := reflect.ValueOf(into)
	if v.Kind() != reflect.Pointer || v.IsNil() {
		return reflect.Value{}, nil, fmt.Errorf("cannot decode into a %T", into)
	}
	c, err := codecOf(v.Type().Elem())
	return v.Elem(), c, err
}
