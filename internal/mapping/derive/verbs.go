package derive

import "sendtocrm/internal/mapping"

// verbs say what an action does, with how surely they say it.
var verbs = map[string]map[string]float64{
	mapping.ActionCreate: {"create": 1, "add": .95, "insert": .95, "new": .9, "post": .85, "register": .7, "save": .45},
	mapping.ActionUpdate: {"update": 1, "edit": .95, "patch": .95, "modify": .95, "change": .9, "put": .8, "set": .5},
	mapping.ActionGet:    {"get": 1, "retrieve": 1, "read": 1, "fetch": .95, "show": .85, "view": .7, "find": .55, "load": .7},
	mapping.ActionList:   {"list": 1, "get": .8, "getall": .9, "browse": .8, "index": .7, "retrieve": .75, "read": .75, "fetch": .75},
	mapping.ActionSearch: {"search": 1, "find": .95, "query": .9, "lookup": .9, "filter": .8},
	mapping.ActionDelete: {"delete": 1, "remove": .95, "archive": .85, "destroy": .9, "trash": .8, "erase": .85},
}

// subjects are words for the objects in names of actions. Leads are people
// and companies that are not contacts yet, and customers may be either.
var subjects = map[string]map[string]float64{
	"contact": {"contact": 1, "person": .97, "individual": .7, "lead": .45, "customer": .45, "client": .4, "member": .3},
	"company": {"company": 1, "organization": .98, "organisation": .98, "org": .95, "account": .9, "business": .8, "firm": .8, "customer": .4, "client": .45},
	"deal":    {"deal": 1, "opportunity": .98, "opp": .9, "prospect": .75},
}

// beside are words that change nothing about what an action does.
var beside = set("record records object objects entity item single one existing by id ids new crm api v v1 v2 v3 v4 sales rest from using module 1 2 3 4")

// besideFor are words that change nothing for one operation.
var besideFor = map[string]map[string]bool{
	mapping.ActionList:   set("all many page pages paginated multiple"),
	mapping.ActionSearch: set("all many multiple criteria advanced filter query"),
	mapping.ActionGet:    set("details detail info"),
	mapping.ActionUpdate: set("details detail info"),
	mapping.ActionDelete: set("permanently"),
}
