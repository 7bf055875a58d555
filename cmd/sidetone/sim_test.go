package main

import (
	"strings"
	"testing"
)

func TestPractiseInText(t *testing.T) {
	root := newRoot()
	var out strings.Builder
	root.SetOut(&out)
	root.SetIn(strings.NewReader("您好，请问有什么可以帮您\n非常抱歉，请问订单号是多少\n我马上给您补发\n周五一定送到\n请问还有什么可以帮您\n"))
	root.SetArgs([]string{"sim", "run", "parcel-late-zh", "--text"})
	if err := root.Execute(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "滑板车") || !strings.Contains(out.String(), "满意") {
		t.Errorf("%s", out.String())
	}
	var list strings.Builder
	if code := run(t.Context(), []string{"sim", "list", "--json"}, &list, &list); code != exitDone || !strings.Contains(list.String(), `"id":"parcel-late"`) {
		t.Errorf("exit %d: %s", code, list.String())
	}
	if code := run(t.Context(), []string{"sim", "run", "nobody", "--text"}, &list, &list); code != exitFailed {
		t.Errorf("an unknown scenario: exit %d", code)
	}
	if code := run(t.Context(), []string{"sim", "report", "--data", t.TempDir()}, &list, &list); code != exitDone {
		t.Errorf("an empty report: exit %d", code)
	}
}
