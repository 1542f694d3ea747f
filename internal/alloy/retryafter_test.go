package alloy

import (
	"net/http"
	"testing"
	"time"
)

var noon = time.Date(2025, 10, 23, 12, 0, 0, 0, time.UTC)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, value, date string
		want              time.Duration
	}{
		{"absent", "", "", 0},
		{"seconds", "12", "", 12 * time.Second},
		{"blanks", "  12 ", "", 12 * time.Second},
		{"zero", "0", "", 0},
		{"negative", "-5", "", 0},
		{"fraction", "1.5", "", 0},
		{"huge", "86400", "", time.Hour},
		{"beyond numbers", "99999999999999999999999", "", time.Hour},
		{"words", "soon", "", 0},
		{"hexadecimal", "0x10", "", 0},
		{"date", "Thu, 23 Oct 2025 12:01:30 GMT", "", 90 * time.Second},
		{"date in the past", "Thu, 23 Oct 2025 11:59:00 GMT", "", 0},
		{"date far away", "Thu, 23 Oct 2035 12:00:00 GMT", "", time.Hour},
		{"older form of a date", "Thursday, 23-Oct-25 12:00:10 GMT", "", 10 * time.Second},
		{"by the other clock", "Thu, 23 Oct 2025 15:00:20 GMT", "Thu, 23 Oct 2025 15:00:00 GMT", 20 * time.Second},
		{"unreadable Date", "Thu, 23 Oct 2025 12:00:20 GMT", "today", 20 * time.Second},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			h := http.Header{}
			h.Set("Retry-After", test.value)
			h.Set("Date", test.date)
			if got := retryAfter(h, noon); got != test.want {
				t.Errorf("%q is %s, want %s", test.value, got, test.want)
			}
		})
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "1", "-1", "1e9", "99999999999999999999", "Thu, 23 Oct 2025 12:01:30 GMT", "\x00", "NaN"} {
		f.Add(seed, "")
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		got := retryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, noon)
		if got < 0 || got > maxRetryAfter {
			t.Fatalf("%q with %q is %s", value, date, got)
		}
	})
}

func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `{"error":{"code":"INVALID_CREDENTIAL"}}`, `{"responseData":[{"errorCode":"NOT_FOUND","message":"m"}],"statusCode":"404"}`,
		`{"error":{"message":"failed: [{\"a\":1}]"}}`, `{"data":[{"code":"X","details":{},"status":"error"}]}`,
	} {
		f.Add(200, []byte(seed))
	}
	client, err := New(Options{APIKey: "k"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		r := request{runsAction: true, recordID: true}
		failure := client.checkResponse(r, &reply{status: status, header: http.Header{}, envelope: openEnvelope(body)})
		if failure == nil && (status < 200 || status > 299) {
			t.Fatalf("HTTP %d is a success", status)
		}
		if failure != nil && failure.Code == "" {
			t.Fatalf("HTTP %d %q has no verdict", status, body)
		}
	})
}
