// Command cty-vectors writes what go-cty, the value library of Terraform and OpenTofu, makes of many values, for the
// codec's tests to compare with. Run it as
//
//	go run . > ../../tests/fixtures/cty_vectors.json
//
// Values are made from a fixed seed, so that the output changes only with this program or with go-cty.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand"
	"os"
	"sort"
	"strings"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"github.com/zclconf/go-cty/cty/msgpack"
)

// vector is one value in every encoding that go-cty has for it.
type vector struct {
	Type    json.RawMessage `json:"type"`
	Msgpack string          `json:"msgpack"`
	// JSON is absent where something in the value is unknown.
	JSON json.RawMessage `json:"json,omitempty"`
	// Sets says that the value has a set, whose order is go-cty's own business.
	Sets bool `json:"sets,omitempty"`
}

const (
	seed         = 20
	randomValues = 400
)

func main() {
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	source := &source{rand.New(rand.NewSource(seed))}
	var lines []string
	for _, pair := range chosen() {
		lines = append(lines, line(pair.value, pair.ty))
	}
	for made := 0; made < randomValues; {
		ty := source.ty(3)
		value, ok := source.conforming(ty)
		if !ok {
			continue
		}
		lines = append(lines, line(value, ty))
		made++
	}
	fmt.Fprintf(out, "[\n%s\n]\n", strings.Join(lines, ",\n"))
}

func line(value cty.Value, ty cty.Type) string {
	typeJSON := must(ctyjson.MarshalType(ty))
	result := vector{Type: typeJSON, Msgpack: hex.EncodeToString(must(msgpack.Marshal(value, ty)))}
	if value.IsWhollyKnown() {
		result.JSON = must(ctyjson.Marshal(value, ty))
	}
	_ = cty.Walk(value, func(_ cty.Path, inner cty.Value) (bool, error) {
		result.Sets = result.Sets || inner.Type().IsSetType()
		return true, nil
	})
	return string(must(json.Marshal(result)))
}

type typed struct {
	value cty.Value
	ty    cty.Type
}

// chosen are values at the edges of the encoding.
func chosen() []typed {
	var all []typed
	add := func(ty cty.Type, values ...cty.Value) {
		for _, value := range values {
			all = append(all, typed{value, ty})
		}
	}
	for _, text := range []string{
		"0", "1", "-1", "127", "128", "255", "256", "-32", "-33", "-128", "-129", "65535", "65536", "-32769", "4294967295",
		"4294967296", "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809",
		"18446744073709551615", "18446744073709551616", "1e23", "1e400", "0.1", "0.5", "-0.25", "1.5", "3.141592653589793",
		"0.30000000000000004", "0.1000000000000000001", "123456789.000000001", "1e-7", "1e-400", "9007199254740993",
	} {
		add(cty.Number, cty.MustParseNumberVal(text))
	}
	for _, length := range []int{0, 1, 31, 32, 255, 256} {
		add(cty.String, cty.StringVal(strings.Repeat("x", length)))
	}
	add(cty.String, cty.StringVal("e\u0301"), cty.StringVal("<&>\u2028\"\\\x00\U0001F600"), cty.NullVal(cty.String))
	add(cty.Map(cty.Bool), cty.MapVal(map[string]cty.Value{"e\u0301": cty.True, "": cty.False}))
	for _, length := range []int{15, 16} {
		elements := make([]cty.Value, length)
		for index := range elements {
			elements[index] = cty.True
		}
		add(cty.List(cty.Bool), cty.ListVal(elements))
	}
	add(cty.String,
		cty.UnknownVal(cty.String),
		cty.UnknownVal(cty.String).RefineNotNull(),
		cty.UnknownVal(cty.String).Refine().StringPrefixFull("ami-").NewValue(),
		cty.UnknownVal(cty.String).Refine().NotNull().StringPrefixFull(strings.Repeat("p", 255)).NewValue(),
	)
	add(cty.Number,
		cty.UnknownVal(cty.Number).Refine().NumberRangeInclusive(cty.NumberIntVal(1), cty.NumberIntVal(300)).NewValue(),
		cty.UnknownVal(cty.Number).Refine().NotNull().NumberRangeLowerBound(cty.MustParseNumberVal("0.1"), false).NewValue(),
		cty.UnknownVal(cty.Number).Refine().NumberRangeUpperBound(cty.MustParseNumberVal("-1e20"), true).NewValue(),
	)
	for _, ty := range []cty.Type{cty.List(cty.String), cty.Set(cty.Bool), cty.Map(cty.Number)} {
		add(ty,
			cty.UnknownVal(ty).Refine().NotNull().CollectionLengthLowerBound(1).NewValue(),
			cty.UnknownVal(ty).Refine().CollectionLengthUpperBound(70000).NewValue(),
			cty.UnknownVal(ty).Refine().NotNull().CollectionLengthLowerBound(2).CollectionLengthUpperBound(9).NewValue(),
		)
	}
	add(cty.DynamicPseudoType,
		cty.DynamicVal, cty.NullVal(cty.DynamicPseudoType), cty.NullVal(cty.List(cty.String)), cty.UnknownVal(cty.Bool),
		cty.UnknownVal(cty.String).RefineNotNull(), cty.EmptyTupleVal, cty.EmptyObjectVal,
		cty.TupleVal([]cty.Value{cty.DynamicVal, cty.StringVal("x"), cty.NullVal(cty.DynamicPseudoType)}),
		cty.ListVal([]cty.Value{cty.DynamicVal}), cty.ListValEmpty(cty.DynamicPseudoType),
	)
	add(cty.List(cty.DynamicPseudoType),
		cty.ListVal([]cty.Value{cty.StringVal("a"), cty.NullVal(cty.String), cty.UnknownVal(cty.String)}),
	)
	return all
}

// source makes types and values at random.
type source struct{ *rand.Rand }

func (s *source) ty(depth int) cty.Type {
	kinds := 9
	if depth == 0 {
		kinds = 4
	}
	switch s.Intn(kinds) {
	case 0:
		return cty.Bool
	case 1:
		return cty.Number
	case 2:
		return cty.String
	case 3:
		return cty.DynamicPseudoType
	case 4:
		return cty.List(s.ty(depth - 1))
	case 5:
		return cty.Set(s.ty(depth - 1))
	case 6:
		return cty.Map(s.ty(depth - 1))
	case 7:
		types := make([]cty.Type, s.Intn(4))
		for index := range types {
			types[index] = s.ty(depth - 1)
		}
		return cty.Tuple(types)
	default:
		types := map[string]cty.Type{}
		for range s.Intn(4) {
			types[s.name()] = s.ty(depth - 1)
		}
		return cty.Object(types)
	}
}

// conforming makes a value. Where a dynamic brings elements of different types into one collection, go-cty panics:
// then there is none.
func (s *source) conforming(ty cty.Type) (value cty.Value, ok bool) {
	defer func() {
		if recover() != nil {
			ok = false
		}
	}()
	return s.value(ty), true
}

func (s *source) value(ty cty.Type) cty.Value {
	switch s.Intn(10) {
	case 0:
		return cty.NullVal(ty)
	case 1:
		return cty.UnknownVal(ty)
	case 2:
		return s.refined(ty)
	}
	switch {
	case ty == cty.Bool:
		return cty.BoolVal(s.Intn(2) == 0)
	case ty == cty.Number:
		return s.number()
	case ty == cty.String:
		return cty.StringVal(s.text())
	case ty == cty.DynamicPseudoType:
		return s.value(s.ty(2))
	case ty.IsTupleType():
		values := []cty.Value{}
		for _, element := range ty.TupleElementTypes() {
			values = append(values, s.value(element))
		}
		return cty.TupleVal(values)
	case ty.IsObjectType():
		values := map[string]cty.Value{}
		for _, name := range names(ty) {
			values[name] = s.value(ty.AttributeType(name))
		}
		return cty.ObjectVal(values)
	}
	return s.collection(ty, s.Intn(4))
}

func (s *source) collection(ty cty.Type, length int) cty.Value {
	element := ty.ElementType()
	values := make([]cty.Value, length)
	for index := range values {
		values[index] = s.value(element)
	}
	switch {
	case ty.IsListType() && length == 0:
		return cty.ListValEmpty(element)
	case ty.IsListType():
		return cty.ListVal(values)
	case ty.IsSetType() && length == 0:
		return cty.SetValEmpty(element)
	case ty.IsSetType():
		return cty.SetVal(values)
	case length == 0:
		return cty.MapValEmpty(element)
	}
	members := map[string]cty.Value{}
	for _, value := range values {
		members[s.text()] = value
	}
	return cty.MapVal(members)
}

func (s *source) refined(ty cty.Type) cty.Value {
	unknown := cty.UnknownVal(ty)
	if ty == cty.DynamicPseudoType {
		return unknown
	}
	refine := unknown.Refine()
	if s.Intn(2) == 0 {
		refine = refine.NotNull()
	}
	switch {
	case ty == cty.String:
		refine = refine.StringPrefixFull(s.name())
	case ty == cty.Number:
		refine = refine.NumberRangeLowerBound(s.number(), s.Intn(2) == 0)
	case ty.IsCollectionType():
		refine = refine.CollectionLengthLowerBound(1 + s.Intn(5)).CollectionLengthUpperBound(7 + s.Intn(1000))
	}
	return refine.NewValue()
}

func (s *source) number() cty.Value {
	switch s.Intn(4) {
	case 0:
		return cty.NumberIntVal(int64(s.Uint64()))
	case 1:
		return cty.NumberIntVal(int64(s.Intn(1000) - 500))
	case 2:
		return cty.NumberFloatVal(float64(s.Intn(100000)-50000) / 64)
	default:
		return cty.MustParseNumberVal(fmt.Sprintf("%d.%09d", s.Intn(1000)-500, s.Intn(1000000000)))
	}
}

func (s *source) name() string {
	const letters = "abcdefghijklmnopqrstuvwxyz_"
	name := make([]byte, 1+s.Intn(8))
	for index := range name {
		name[index] = letters[s.Intn(len(letters))]
	}
	return string(name)
}

func (s *source) text() string {
	const letters = "aZ09 é字\u0301\U0001F600\"<\n"
	runes := []rune(letters)
	text := make([]rune, s.Intn(10))
	for index := range text {
		text[index] = runes[s.Intn(len(runes))]
	}
	return string(text)
}

// names lists the attributes in an order that does not change from run to run.
func names(ty cty.Type) []string {
	var all []string
	for name := range ty.AttributeTypes() {
		all = append(all, name)
	}
	sort.Strings(all)
	return all
}

func must[T any](result T, err error) T {
	if err != nil {
		panic(err)
	}
	return result
}
