package mapping

import (
	"encoding/json"
	"errors"
	"fmt"
)

// node is one place of the body that a set of rules fills: an object, a list
// with fixed positions, or the leaf of one rule. Children stand in rule order.
type node struct {
	step     step
	opening  []byte // `"key":`, encoded once; empty in a list
	rule     int    // index of the leaf's rule, -1 for an inner node
	children []*node
	byStep   map[step]*node // of children, where they are many
}

// manyChildren is the number from which on a node's children are indexed.
const manyChildren = 16

func newTree() *node { return &node{rule: -1} }

// insert adds the leaf of a rule; p is new to the tree. The error names a
// collision: one rule for an object and another for a field inside it.
func (n *node) insert(p path, rule int) error {
	for i, s := range p {
		if n.rule >= 0 {
			return fmt.Errorf("collides with the rule that fills all of %s", p[:i])
		}
		if len(n.children) > 0 && (n.children[0].step.index < 0) != (s.index < 0) {
			return fmt.Errorf("collides with another rule: %s would be a list and an object", p[:i])
		}
		child := n.child(s)
		if child == nil {
			if s.index > len(n.children) {
				return fmt.Errorf("leaves a gap in the list: no rule before it fills position %d", len(n.children))
			}
			child = &node{step: s, rule: -1}
			if s.index < 0 {
				child.opening = append(appendText(nil, s.key), ':')
			}
			n.add(child)
		}
		n = child
	}
	if len(n.children) > 0 {
		return errors.New("collides with a rule that fills a field inside it")
	}
	n.rule = rule
	return nil
}

func (n *node) add(child *node) {
	n.children = append(n.children, child)
	if n.byStep != nil {
		n.byStep[child.step] = child
	} else if len(n.children) > manyChildren {
		n.byStep = make(map[step]*node, 2*len(n.children))
		for _, c := range n.children {
			n.byStep[c.step] = c
		}
	}
}

func (n *node) child(s step) *node {
	if n.byStep != nil {
		return n.byStep[s]
	}
	for _, c := range n.children {
		if c.step == s {
			return c
		}
	}
	return nil
}

// leaves appends the indexes of all rules at and below n.
func (n *node) leaves(out []int) []int {
	if n.rule >= 0 {
		return append(out, n.rule)
	}
	for _, c := range n.children {
		out = c.leaves(out)
	}
	return out
}

// append writes the JSON of n from the leaves' values, indexed by rule. It
// writes nothing and reports false where no leaf below n has a value.
func (n *node) append(dst []byte, leaves []json.RawMessage) ([]byte, bool) {
	if n.rule >= 0 {
		v := leaves[n.rule]
		return append(dst, v...), v != nil
	}
	if len(n.children) > 0 && n.children[0].step.index >= 0 {
		return n.appendList(dst, leaves)
	}
	start, some := len(dst), false
	dst = append(dst, '{')
	for _, c := range n.children {
		mark := len(dst)
		if some {
			dst = append(dst, ',')
		}
		dst = append(dst, c.opening...)
		var wrote bool
		if dst, wrote = c.append(dst, leaves); !wrote {
			dst = dst[:mark]
		}
		some = some || wrote
	}
	if !some {
		return dst[:start], false
	}
	return append(dst, '}'), true
}

// appendList keeps positions: an item without a value before one that has
// one is written as null.
func (n *node) appendList(dst []byte, leaves []json.RawMessage) ([]byte, bool) {
	start, end := len(dst), 0
	dst = append(dst, '[')
	for i, c := range n.children {
		if i > 0 {
			dst = append(dst, ',')
		}
		var wrote bool
		if dst, wrote = c.append(dst, leaves); wrote {
			end = len(dst)
		} else {
			dst = append(dst, "null"...)
		}
	}
	if end == 0 {
		return dst[:start], false
	}
	return append(dst[:end], ']'), true
}
