package exchange

// member returns the value of a key of the JSON object raw, as written, or nil.
// Only keys of the outer object are looked at. It trusts raw to be valid JSON
// (the decoder has read it); on anything else it gives nil or some part of
// raw, and never reads beyond it.
func member(raw []byte, name string) []byte {
	depth, i := 0, 0
	for i < len(raw) {
		switch raw[i] {
		case '{', '[':
			depth++
			i++
		case '}', ']':
			depth--
			i++
		case '"':
			end := stringEnd(raw, i)
			colon := skipSpace(raw, end)
			if depth != 1 || colon >= len(raw) || raw[colon] != ':' {
				i = end
				continue
			}
			value := skipSpace(raw, colon+1)
			stop := valueEnd(raw, value)
			if end-i-2 == len(name) && string(raw[i+1:end-1]) == name {
				if stop == value {
					return nil
				}
				return raw[value:stop]
			}
			i = stop
		default:
			i++
		}
	}
	return nil
}

func skipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// stringEnd returns the index behind the string that starts at i.
func stringEnd(b []byte, i int) int {
	for i++; i < len(b); i++ {
		switch b[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(b)
}

// valueEnd returns the index behind the value that starts at i.
func valueEnd(b []byte, i int) int {
	depth := 0
	for i < len(b) {
		switch b[i] {
		case '"':
			i = stringEnd(b, i)
			if depth == 0 {
				return i
			}
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i
			}
		}
		i++
	}
	return len(b)
}
