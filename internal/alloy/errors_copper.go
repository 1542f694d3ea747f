package alloy

// copperError reads {"success": false, "status": 422, "message": "Invalid input: …"}. There are no codes: the status and
// the words are all there is.
//
// https://developer.copper.com/introduction/requests.html
func copperError(d document) (complaint, bool) {
	c := complaint{status: number(d.keys["status"]), message: text(d.keys["message"])}
	if string(d.keys["success"]) != "false" || c.status < 400 || c.message == "" {
		return complaint{}, false
	}
	c.class = classOfStatus(c.status, c.message)
	c.fields = fieldErrors(d.keys["errors"])
	if c.class == duplicate {
		c.existingID = existingIDIn(c.message)
	}
	return c, true
}
