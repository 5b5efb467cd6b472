// The events of the calendars in the JSON list on the standard input, as JSON, one object each, moments in UTC.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(`${process.env.PACKAGES}/`);
const { default: ICAL } = await import(require.resolve("ical.js"));

const eventsOf = (text) => {
  const calendar = new ICAL.Component(ICAL.parse(text));
  ICAL.TimezoneService.reset();
  for (const zone of calendar.getAllSubcomponents("vtimezone")) {
    ICAL.TimezoneService.register(zone);
  }
  return calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    const value = (name) => component.getFirstPropertyValue(name);
    return {
      uid: event.uid,
      sequence: event.sequence,
      status: value("status"),
      starts_at: event.startDate.toJSDate().toISOString(),
      ends_at: event.endDate.toJSDate().toISOString(),
      changed_at: value("dtstamp").toJSDate().toISOString(),
      summary: event.summary,
      location: event.location,
      description: event.description,
      url: value("url"),
    };
  });
};
process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(eventsOf)));
