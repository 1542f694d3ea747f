package expr_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestObjectsAreGoneThroughInOrder: 200 evaluations give one result, that of
// the keys in order.
func TestObjectsAreGoneThroughInOrder(t *testing.T) {
	t.Parallel()
	env := newEnv(t)
	r := record(t, `{"o": {"c": 3, "a": 1, "e": 5, "b": 2, "d": 4}, "k": "c", "list": [{"z": 1, "y": 2, "x": 3}],
		"deep": {"n": {"c": {"q": 1, "p": 2}, "a": {"s": 3, "r": 4}, "b": {}}}}`)
	for source, want := range map[string]any{
		`record.o.map(k, k).join(",")`:                                                "a,b,c,d,e",
		`record["o"].map(k, record.o[k] > 2, k).join(",")`:                            "c,d,e",
		`record.o.filter(k, true)[0]`:                                                 "a",
		`record.o.filter(k, true)[0] == "a" && record.o.exists(k, k == "e")`:          true,
		`(has(record.o) ? record.o : {"none": 0}).map(k, k).join(",")`:                "a,b,c,d,e",
		`{"d": 1, "b": 2, "c": 3, "a": 4}.map(k, k).join(",")`:                        "a,b,c,d",
		`{"d": 1, ?"b": record.?k, record.k: 3, "a": 4}.map(k, k).join(",")`:          "a,b,c,d",
		`{2: "x", 1.5: "x", -1: "x", 10: "x"}.map(k, string(k)).join(",")`:            "-1,1.5,2,10",
		`{"b": 0, true: 0, 2: 0, false: 0, "a": 0}.map(k, string(k)).join(",")`:       "false,true,2,a,b",
		`[{"b": 1, "a": 2}, {"d": 1, "c": 2}].map(o, o.map(k, k).join("")).join(",")`: "ab,cd",
		`record.list.map(o, o.map(k, k).join("")).join(",")`:                          "xyz",
		`record.deep.n.map(k, k + record.deep.n[k].map(j, j).join("")).join(",")`:     "ars,b,cpq",
		`record.deep.map(k, record.deep[k].filter(j, j != "a")[0])`:                   []any{"b"},
	} {
		program, err := env.Value(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		for range 200 {
			got, err := program.Eval("", r)
			if err != nil || !cmp.Equal(got, want) {
				t.Errorf("%s: got %v, %v, want %v", source, got, err, want)
				break
			}
		}
	}
}

// TestErrorsOfObjectsAreStable: of several faults it is always the same that
// is told.
func TestErrorsOfObjectsAreStable(t *testing.T) {
	t.Parallel()
	r := record(t, `{"o": {"c": 1e401, "a": 1e402, "b": 1e403}}`)
	for source, want := range map[string]string{
		`record.o`:                         "1e402",
		`record.o.map(k, record.o[k])`:     "1e402",
		`{"b": 1, "a": 2}.map(k, int(k))`:  "the text holds no whole number",
		`{date("2026-01-01"): 1}.map(k,1)`: "the keys of an object must be texts",
		`{[1]: 1, [2]: 2}`:                 "the keys of an object must be texts",
		`{1: 1, "a": 2}`:                   "one is a number",
		`dyn(7).map(k, k)`:                 "",
	} {
		program, err := newEnv(t).Value(source)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		first := ""
		for i := range 200 {
			_, err := program.Eval("", r)
			if err == nil {
				t.Errorf("%s: no error", source)
				break
			}
			if i == 0 {
				first = problem(t, err).Error()
			}
			if got := err.Error(); got != first || !strings.Contains(got, want) {
				t.Errorf("%s: %q, first %q, want %q in it", source, got, first, want)
				break
			}
		}
	}
}

// TestNestedObjectsInOrder: whatever the keys are and however they got into
// the map, an expression sees each level sorted.
func TestNestedObjectsInOrder(t *testing.T) {
	t.Parallel()
	program, err := newEnv(t).Value(`record.o.map(k, [k] + record.o[k].map(j, j))`)
	if err != nil {
		t.Fatal(err)
	}
	literal, err := newEnv(t).Value(`{"in": record.o}.map(k, {"in": record.o}[k].map(j, j))[0]`)
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		inner := rapid.MapOfN(rapid.String(), rapid.Int(), 0, 8)
		drawn := rapid.MapOfN(rapid.String(), inner, 0, 8).Draw(t, "object")
		object := map[string]any{}
		want, names := []any{}, []any{}
		for _, k := range slices.Sorted(maps.Keys(drawn)) {
			level, row := map[string]any{}, []any{k}
			for _, j := range slices.Sorted(maps.Keys(drawn[k])) {
				level[j] = json.Number(strconv.Itoa(drawn[k][j]))
				row = append(row, j)
			}
			object[k] = level
			want, names = append(want, row), append(names, k)
		}
		for range 5 {
			fresh := map[string]any{"o": maps.Clone(object)}
			if got, err := program.Eval("", fresh); err != nil || !cmp.Equal(got, any(want)) {
				t.Fatalf("got %q, %v, want %q", got, err, want)
			}
			if got, err := literal.Eval("", fresh); err != nil || !cmp.Equal(got, any(names)) {
				t.Fatalf("got %q, %v, want %q", got, err, names)
			}
		}
	})
}

// TestKeysTakeSteps: a key that is computed takes steps by its length, and an
// object that is gone through those of its keys, so that neither can be
// repeated for long.
func TestKeysTakeSteps(t *testing.T) {
	t.Parallel()
	env, record := newEnv(t), big()
	record["long"] = map[string]any{record["text"].(string): "v"}
	for _, source := range []string{
		`record.tags.map(x, {record.text: 1}[record.text])`,
		`record.some.map(x, {record.text: 1}.size())`,
		`record.some.map(x, record.object[?record.text].hasValue())`,
		`record.some.map(x, record.long[record.text])`,
		`record.some.map(x, record.object.exists(k, true))`,
		`record.some.map(x, record.long.exists(k, true))`,
	} {
		program, err := env.Value(source)
		if err != nil {
			t.Fatal(fmt.Errorf("%s: %w", source, err))
		}
		if got, err := program.Eval("", record); err == nil || problem(t, err).Code != "too_costly" {
			t.Errorf("%s: %T, %v", source, got, err)
		}
	}
}
