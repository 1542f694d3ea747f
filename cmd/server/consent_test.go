package main

import (
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// consentForm reads a page as a browser does: it finds the button by its text and returns what pressing it submits.
func consentForm(t testing.TB, page, button string) (action string, values url.Values) {
	t.Helper()
	root, err := html.Parse(strings.NewReader(page))
	if err != nil {
		t.Fatal(err)
	}
	var form, pressed *html.Node
	walk(root, func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "form" && pressed == nil {
			walk(n, func(b *html.Node) {
				if b.Type == html.ElementNode && b.Data == "button" && strings.TrimSpace(text(b)) == button {
					form, pressed = n, b
				}
			})
		}
	})
	if pressed == nil {
		t.Fatalf("the page has no button %q:\n%s", button, page)
	}
	values = url.Values{}
	walk(form, func(n *html.Node) {
		if n.Type == html.ElementNode && n.Data == "input" && attribute(n, "name") != "" {
			values.Set(attribute(n, "name"), attribute(n, "value"))
		}
	})
	if name := attribute(pressed, "name"); name != "" {
		values.Set(name, attribute(pressed, "value"))
	}
	action = attribute(form, "action")
	if override := attribute(pressed, "formaction"); override != "" {
		action = override
	}
	return action, values
}

func walk(n *html.Node, visit func(*html.Node)) {
	visit(n)
	for child := n.FirstChild; child != nil; child = child.NextSibling {
		walk(child, visit)
	}
}

func text(n *html.Node) string {
	var b strings.Builder
	walk(n, func(c *html.Node) {
		if c.Type == html.TextNode {
			b.WriteString(c.Data)
		}
	})
	return b.String()
}

func attribute(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}
