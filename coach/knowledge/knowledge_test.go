package knowledge_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/sidetone/sidetone/coach/knowledge"
	"github.com/sidetone/sidetone/internal/devdata"
)

func load(t testing.TB, files map[string]string) *knowledge.Graph {
	t.Helper()
	fsys := fstest.MapFS{}
	for name, data := range files {
		fsys["in/"+name] = &fstest.MapFile{Data: []byte(data)}
	}
	g := knowledge.New()
	if err := g.Import(fsys, "in"); err != nil {
		t.Fatal(err)
	}
	return g
}

const triples = `{"s":"iPhone 13","p":"price","o":"5999"}
{"s":"iPhone 13","p":"manufacturer","o":"Apple Inc."}
{"s":"Apple Inc.","p":"headquarters","o":"Cupertino"}
{"s":"Apple Inc.","p":"founder","o":["Steve Jobs","Steve Wozniak"]}
{"s":"红楼梦（小说）","p":"作者","o":"曹雪芹"}
{"s":"红楼梦（电视剧）","p":"导演","o":"王扶林"}
{"s":"曹雪芹","p":"出生地","o":"南京"}
{"entity":"iPhone 13","aliases":["apple phone thirteen"]}
`

func TestAsk(t *testing.T) {
	x := knowledge.NewIndex(load(t, map[string]string{"t.jsonl": triples}))
	for _, test := range []struct{ question, entity, attribute, answers, path string }{
		{"how much does the iPhone 13 cost?", "iPhone 13", "price", "5999", "iPhone 13>price>5999"},
		{"What is the price of the apple phone thirteen", "iPhone 13", "price", "5999", "iPhone 13>price>5999"},
		{"who founded Apple Inc.?", "Apple Inc.", "founder", "Steve Jobs,Steve Wozniak", "Apple Inc.>founder>Steve Jobs"},
		{"where is the headquarters of the manufacturer of the iphone 13", "iPhone 13", "headquarters", "Cupertino", "iPhone 13>manufacturer>Apple Inc.>headquarters>Cupertino"},
		{"红楼梦的作者是谁？", "红楼梦（小说）", "作者", "曹雪芹", "红楼梦（小说）>作者>曹雪芹"},
		{"红楼梦是哪位导演拍的", "红楼梦（电视剧）", "导演", "王扶林", "红楼梦（电视剧）>导演>王扶林"},
		{"红楼梦的作者的出生地在哪里", "红楼梦（小说）", "出生地", "南京", "红楼梦（小说）>作者>曹雪芹>出生地>南京"},
	} {
		a := x.Ask(test.question, nil, nil)
		if a.Entity != test.entity || a.Attribute != test.attribute || strings.Join(a.Answers, ",") != test.answers || strings.Join(a.Path, ">") != test.path || a.Source == "" {
			t.Errorf("%s: %+v", test.question, a)
		}
	}
	if a := x.Ask("what is the weather like", nil, nil); len(a.Answers) != 0 {
		t.Errorf("an answer from nowhere: %+v", a)
	}
	// What an attribute means may be told from outside.
	like := func(_ string, attributes []string) []float64 {
		out := make([]float64, len(attributes))
		out[slices.Index(attributes, "headquarters")] = 1
		return out
	}
	if a := x.Ask("where do they sit at Apple Inc.", nil, like); a.Attribute != "headquarters" {
		t.Errorf("%+v", a)
	}
}

func TestStatutes(t *testing.T) {
	g := knowledge.New()
	if err := g.Import(os.DirFS(filepath.Dir(devdata.Shared(t, "law_zh"))), "law_zh"); err != nil {
		t.Fatal(err)
	}
	n, ok := g.Node("中华人民共和国电子商务法第二十条")
	if !ok || n.Kind != knowledge.Clause || !strings.HasPrefix(n.Text, "电子商务经营者应当按照承诺") || n.From != "2019-01-01" || n.Version != "2018-08-31" {
		t.Errorf("%v %+v", ok, n)
	}
	clauses := 0
	g.Nodes(func(n knowledge.Node) bool {
		if n.Kind == knowledge.Clause {
			clauses++
		}
		return true
	})
	if clauses != 22+63+80+89 {
		t.Errorf("%d clauses", clauses)
	}
	x := knowledge.NewIndex(g)
	hits := x.Search("网络销售 七日内 无理由退货", nil, 3)
	if len(hits) != 3 || !strings.Contains(hits[0].Node.Name+hits[1].Node.Name, "第二十五条") || len(hits[0].Neighbours) == 0 {
		t.Errorf("%+v", hits)
	}
	if a := x.Ask("经营者应当几日内返还无理由退货的商品价款", nil, nil); len(a.Answers) != 1 || !strings.HasPrefix(a.Source, "《") {
		t.Errorf("%+v", a)
	}
}

func TestFlowsAndGuidelines(t *testing.T) {
	g := knowledge.New()
	for _, name := range []string{"abcd/guidelines.json", "star/flows"} {
		p := devdata.Shared(t, name)
		if err := g.Import(os.DirFS(filepath.Dir(p)), filepath.Base(p)); err != nil {
			t.Fatal(err)
		}
	}
	n, ok := g.Node("guideline:Product Defect/Initiate Refund/2")
	if !ok || n.Name != "Validate Purchase" || n.Kind != knowledge.Step {
		t.Errorf("%+v", n)
	}
	next := g.Neighbours("flow:book_ride/ask_name", 10)
	if !slices.Contains(next, knowledge.Neighbour{Kind: knowledge.Next, Node: "ride_ask_destination"}) {
		t.Errorf("%+v", next)
	}
}

func TestExportComesBack(t *testing.T) {
	g := load(t, map[string]string{"t.jsonl": triples, "p.md": "# Returns\n\nGeneral.\n\n## Late parcels\n\nAfter five days send a new one. <script>alert(1)</script>\n",
		"n.csv": "name,kind,text,aliases,from,to\nSilver club,segment,Members since 2020,silver;silver card,2020-01-01,2030-12-31\n"})
	var b bytes.Buffer
	if err := g.Export(&b); err != nil {
		t.Fatal(err)
	}
	again := load(t, map[string]string{"e.jsonl": b.String()})
	gone, come, changed := g.Diff(again)
	if len(gone)+len(come)+len(changed) > 0 {
		t.Errorf("gone %v, new %v, changed %v", gone, come, changed)
	}
	var c bytes.Buffer
	if err := again.Export(&c); err != nil || c.String() != b.String() {
		t.Errorf("the second export differs: %v", err)
	}
	n, ok := g.Node("in/p.md#Late parcels")
	if !ok || n.Name != "Late parcels" || !strings.Contains(n.Source, "p.md:5") {
		t.Errorf("%+v", n)
	}
}

func TestCheck(t *testing.T) {
	g := load(t, map[string]string{
		"a.csv": "id,name,kind,text,to\nold,Old rule,clause,No returns,2020-12-31\nnew,New rule,clause,Returns in seven days,\nlone,Lone,product,,\n",
		"b.csv": "s,p,o\nA,requires,B\nA,forbids,B\n"})
	got := map[string]string{}
	for _, f := range g.Check("2026-11-21") {
		got[f.Kind] += f.Node + " "
	}
	if got["expired"] != "old " || got["dangling"] != "lone " || got["contradicting"] != "A " {
		t.Errorf("%v", got)
	}
}

func TestBadFiles(t *testing.T) {
	for name, test := range map[string]struct{ file, data, want string }{
		"json":      {"a.jsonl", "{\"s\":\"a\",\"p\":\"b\",\"o\":\"c\"}\n{nonsense\n", "a.jsonl:2"},
		"shape":     {"a.jsonl", `{"x":1}`, "a.jsonl:1"},
		"utf-8":     {"a.md", "# x\n\xff\n", "a.md:2"},
		"header":    {"a.csv", "foo,bar\n1,2\n", "a.csv:1"},
		"empty csv": {"a.csv", "", "a.csv:1"},
		"predicate": {"a.csv", "s,p,o\na,,c\n", "a.csv:2"},
		"date":      {"a.csv", "name,from\na,yesterday\n", "a.csv:2"},
		"huge":      {"a.csv", "name,text\na,\"" + strings.Repeat("x", knowledge.MaxText+1) + "\"\n", "a.csv:2"},
		"edge":      {"a.jsonl", `{"edge":{"from":"a","to":"b","kind":"about"}}`, "a.jsonl:1"},
		"kind":      {"a.json", `{"what":{"is":"this"}}`, "a.json"},
		"nothing":   {"a.txt", "x", "no .md"},
	} {
		t.Run(name, func(t *testing.T) {
			g := knowledge.New()
			err := g.Import(fstest.MapFS{"in/" + test.file: &fstest.MapFile{Data: []byte(test.data)}}, "in")
			if !errors.Is(err, knowledge.ErrNode) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func FuzzImport(f *testing.F) {
	f.Add("a.jsonl", []byte(triples))
	f.Add("a.md", []byte("# t\n\n第一条 内容\n\n第二条 x\n"))
	f.Add("a.csv", []byte("s,p,o\na,b,c\n"))
	f.Add("a.json", []byte(`{"replies":{"a":"b"},"graph":{"a":"c"}}`))
	f.Fuzz(func(t *testing.T, name string, data []byte) {
		name = filepath.Base(name)
		if !slices.Contains([]string{".md", ".csv", ".json", ".jsonl"}, filepath.Ext(name)) {
			name = "a.jsonl"
		}
		g := knowledge.New()
		if err := g.Import(fstest.MapFS{"in/" + name: &fstest.MapFile{Data: data}}, "in"); err != nil {
			return
		}
		var b bytes.Buffer
		if err := g.Export(&b); err != nil {
			t.Fatal(err)
		}
		again := knowledge.New()
		if err := again.Import(fstest.MapFS{"e.jsonl": &fstest.MapFile{Data: b.Bytes()}}, "e.jsonl"); err != nil {
			t.Fatalf("its own export is refused: %v\n%s", err, b.Bytes())
		}
		n, e := g.Len()
		if n2, e2 := again.Len(); n != n2 || e != e2 {
			t.Fatalf("%d nodes and %d edges became %d and %d", n, e, n2, e2)
		}
		knowledge.NewIndex(g).Ask(string(data[:min(len(data), 200)]), nil, nil)
	})
}

// big is a graph of n nodes.
func big(n int) *knowledge.Graph {
	r := rand.New(rand.NewPCG(1, 2))
	words := make([]string, 5000)
	for i := range words {
		words[i] = fmt.Sprintf("w%c%c%d", 'a'+r.IntN(26), 'a'+r.IntN(26), i)
	}
	g := knowledge.New()
	for i := range n {
		var text strings.Builder
		for range 12 {
			text.WriteString(words[r.IntN(len(words))] + " ")
		}
		_, _ = g.Put(knowledge.Node{ID: fmt.Sprint(i), Kind: knowledge.Article, Name: "Article " + words[r.IntN(len(words))] + fmt.Sprint(i), Text: text.String(), Source: "test"})
	}
	return g
}

func BenchmarkSearch100k(b *testing.B) {
	g := big(100_000)
	begin := time.Now()
	x := knowledge.NewIndex(g)
	index := time.Since(begin)
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	var took []time.Duration
	i := 0
	for b.Loop() {
		n, _ := g.Node(fmt.Sprint(i % 100_000))
		i += 997
		begin := time.Now()
		x.Search(n.Text, nil, 10)
		took = append(took, time.Since(begin))
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(index.Seconds(), "index-s")
	b.ReportMetric(float64(m.HeapAlloc>>20), "heap-MiB")
}
