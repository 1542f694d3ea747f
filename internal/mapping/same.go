package mapping

// sameJSON compares what would be sent with what the CRM holds. A number and
// its text are the same: some CRMs answer every value as text.
func sameJSON(sent []byte, crm any) bool {
	want, err := decodeAny(sent)
	return err == nil && sameValue(want, crm)
}

func sameValue(a, b any) bool {
	switch x := a.(type) {
	case []any:
		y, ok := b.([]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for i := range x {
			if !sameValue(x[i], y[i]) {
				return false
			}
		}
		return true
	case map[string]any:
		y, ok := b.(map[string]any)
		if !ok || len(x) != len(y) {
			return false
		}
		for key, v := range x {
			w, ok := y[key]
			if !ok || !sameValue(v, w) {
				return false
			}
		}
		return true
	}
	x, ok1 := textOf(a)
	y, ok2 := textOf(b)
	return ok1 && ok2 && x == y || a == nil && b == nil
}
