package expr

import "strings"

// split cuts a source at an operator, && or ||, where it stands outside of
// brackets, texts and comments, and does the same within each piece that is
// but a bracketed expression. The pieces, without brackets around them, are in order; one piece
// means that there is nothing to cut. The source must be one that parses.
func split(source, operator string) []string {
	inner := unwrap(source)
	cuts, weaker := scan(inner, operator)
	if len(cuts) == 0 || weaker {
		return []string{inner}
	}
	var pieces []string
	start := 0
	for _, at := range append(cuts, len(inner)) {
		pieces = append(pieces, split(inner[start:at], operator)...)
		start = at + len(operator)
	}
	return pieces
}

// unwrap takes off the brackets that enclose the whole source.
func unwrap(source string) string {
	for {
		source = strings.TrimSpace(source)
		if !strings.HasPrefix(source, "(") || closing(source) != len(source)-1 {
			return source
		}
		source = source[1 : len(source)-1]
	}
}

// closing is the place of the bracket that closes the one at the start.
func closing(source string) int {
	depth := 0
	for i := 0; i < len(source); {
		switch next := skip(source, i); {
		case next > i:
			i = next
			continue
		case strings.IndexByte("([{", source[i]) >= 0:
			depth++
		case strings.IndexByte(")]}", source[i]) >= 0:
			if depth--; depth == 0 {
				return i
			}
		}
		i++
	}
	return -1
}

// scan finds the outermost places of an operator, and tells whether one that
// binds weaker stands beside them, which makes them parts of its operands.
func scan(source, operator string) (places []int, weaker bool) {
	depth := 0
	for i := 0; i < len(source); {
		if next := skip(source, i); next > i {
			i = next
			continue
		}
		switch rest := source[i:]; {
		case strings.IndexByte("([{", source[i]) >= 0:
			depth++
		case strings.IndexByte(")]}", source[i]) >= 0:
			depth--
		case depth > 0:
		case strings.HasPrefix(rest, operator):
			places = append(places, i)
			i += len(operator)
			continue
		case strings.HasPrefix(rest, "||"):
			weaker = true
		case source[i] == '?' && (i == 0 || source[i-1] != '.'):
			weaker = true
		}
		i++
	}
	return places, weaker
}

// skip returns the end of the text, name in backquotes or comment that begins
// at i, or i.
func skip(source string, i int) int {
	switch c := source[i]; c {
	case '"', '\'':
		raw := i > 0 && (source[i-1] == 'r' || source[i-1] == 'R')
		quote := source[i : i+1]
		if triple := strings.Repeat(quote, 3); strings.HasPrefix(source[i:], triple) {
			quote = triple
		}
		for j := i + len(quote); j < len(source); j++ {
			if source[j] == '\\' && !raw {
				j++
			} else if strings.HasPrefix(source[j:], quote) {
				return j + len(quote)
			}
		}
		return len(source)
	case '`':
		if end := strings.IndexByte(source[i+1:], '`'); end >= 0 {
			return i + end + 2
		}
		return len(source)
	case '/':
		if strings.HasPrefix(source[i:], "//") {
			if end := strings.IndexByte(source[i:], '\n'); end >= 0 {
				return i + end
			}
			return len(source)
		}
	}
	return i
}
