package store_test

import (
	"testing"

	"sendtocrm/internal/crm"
	"sendtocrm/internal/mapping"
	"sendtocrm/internal/tailor"
)

// fill writes versions 1 to n of the contact's mapping, each of some bytes.
func (b *bench) fill(n, bytes int) {
	b.t.Helper()
	b.exec(`INSERT INTO mappings (connection_id, object, version, overrides)
		SELECT $1, 'contact', v, json_build_array(json_build_object('to', repeat('x', $3))) FROM generate_series(1, $2) v`, b.connection.ID, n, bytes)
}

// The newest two hundred versions are kept.
func TestOldVersionsAreForgotten(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill(200, 10)
	if _, err := b.save(200, "properties.city"); err != nil {
		t.Fatal(err)
	}
	for number, want := range map[int]bool{1: false, 2: true, 201: true} {
		if _, err := b.store.Version(t.Context(), b.connection.ID, "contact", number); (err == nil) != want || err != nil && crm.CodeOf(err) != crm.NotFound {
			t.Errorf("version %d: %v", number, err)
		}
	}
}

// A page of large versions ends early and says that there is more; one version is always there.
func TestPagesOfVersionsAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.fill(4, 600<<10)
	for _, c := range []struct {
		below, limit int
		want         []int
		more         bool
	}{{0, 10, []int{4, 3}, true}, {3, 10, []int{2, 1}, false}, {0, 1, []int{4}, true}, {2, 1, []int{1}, false}, {1, 1, nil, false}} {
		page, more, err := b.store.Versions(t.Context(), b.connection.ID, "contact", c.below, c.limit)
		var got []int
		for _, v := range page {
			got = append(got, v.Number)
		}
		if err != nil || more != c.more || len(got) != len(c.want) || len(got) > 0 && got[0] != c.want[0] {
			t.Errorf("%d below %d: %v, more: %v, %v; want %v", c.limit, c.below, got, more, err, c.want)
		}
	}
}

// Settings that are what they were move no counter: no process makes its mappings again for them.
func TestSameSettingsAreNoChange(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i, want := range []int64{1, 1, 2} {
		settings := map[string]tailor.Settings{"deal": {Filter: `id != ""`}}
		if i == 2 {
			settings["contact"] = tailor.Settings{Direction: "push"}
		}
		if err := b.store.SaveSettings(t.Context(), b.connection.ID, settings); err != nil {
			t.Fatal(err)
		}
		if c, err := b.store.Connection(t.Context(), "user-1", b.connection.ID); err != nil || c.Tailored != want {
			t.Errorf("after %d changes the counter is %d, want %d; %v", i+1, c.Tailored, want, err)
		}
	}
}

// A version begins its watches with what the schemas say when it is saved.
func TestVersionBeginsItsWatches(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for base := range 2 {
		watch := b.gone("properties.city")
		watch.Version, watch.Shape = 7, mapping.Shape{} // it counts from the version that is saved
		if _, err := b.store.SaveVersion(t.Context(), b.connection.ID, "contact", base, tailor.Version{}, []tailor.Watch{watch}); err != nil {
			t.Fatal(err)
		}
		got, err := b.store.Watch(t.Context(), b.connection.ID, "contact", "create")
		if err != nil || got.Version != base+1 || len(got.Drifts) != 0 || !got.Since.IsZero() {
			t.Errorf("version %d: %+v, %v", base+1, got, err)
		}
	}
}
