package event

import (
	"reflect"
	"slices"
)

// mostFilters bounds how many questions a rule becomes.
const mostFilters = 8

// Filters is Filter for who may ask an archive several questions: every event
// the rule matches is found by one of the filters at least, so the answers can
// be merged by Seq. A choice of words, which no single filter can narrow, becomes
// one filter each. exact: what they find need not be matched again.
func (r *Rule) Filters() (list []Filter, exact bool) {
	one, exact := r.Filter()
	if exact || r.Empty() {
		return []Filter{one}, exact
	}
	parts := alternatives(r.root)
	exact = true
	for _, part := range parts {
		f, ok := filterOf(part)
		if reflect.DeepEqual(f, Filter{}) { // everything: the others are in it
			return []Filter{one}, false
		}
		exact = exact && ok
		if !slices.ContainsFunc(list, func(g Filter) bool { return reflect.DeepEqual(f, g) }) {
			list = append(list, f)
		}
	}
	return list, exact
}

// alternatives are parts one of which holds when n does.
func alternatives(n node) []node {
	switch n := n.(type) {
	case anyOf:
		if _, ok := unite(n); ok {
			return []node{n}
		}
		var list []node
		for _, part := range n {
			list = append(list, alternatives(part)...)
		}
		if len(list) > mostFilters {
			return []node{n}
		}
		return list
	case allOf:
		list := []allOf{nil}
		for _, part := range n {
			choices := alternatives(part)
			if len(list)*len(choices) > mostFilters {
				choices = []node{part}
			}
			var longer []allOf
			for _, before := range list {
				for _, c := range choices {
					longer = append(longer, append(before[:len(before):len(before)], c))
				}
			}
			list = longer
		}
		nodes := make([]node, len(list))
		for i := range list {
			nodes[i] = list[i]
		}
		return nodes
	}
	return []node{n}
}
