// Numbers as people read them. Money is whole cents, cost whole ten-thousandths.

function formats(currency) {
  const number = (digits, more = {}) =>
    new Intl.NumberFormat("en", { minimumFractionDigits: digits, maximumFractionDigits: digits, ...more });
  const whole = number(0);
  const two = number(2);
  const short = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });
  const percent = number(1, { style: "percent" });
  const signed = number(0, { style: "percent", signDisplay: "exceptZero" });
  let money;
  try {
    money = number(2, { style: "currency", currency, currencyDisplay: "narrowSymbol" });
  } catch {
    // A reporting currency that is no code of three letters.
    money = { format: (value) => `${two.format(value)} ${currency}` };
  }
  return {
    count: (value) => whole.format(value),
    credit: (value) => two.format(value),
    cents: (value) => money.format(value / 100),
    cost: (value) => money.format(value / 10000),
    short: (value) => short.format(value),
    percent: (value) => percent.format(value),
    roi: (value) => (value === null ? "–" : signed.format(value)),
  };
}
