// The demo shop's switch between its three units, and questions to try in each.

const UNITS = {
  eu: {
    account: "web-eu",
    questions: [
      ["en", "How long can I return an item?"],
      ["en", "What does shipping to Austria cost?"],
      ["de", "Wie lange habe ich Garantie auf ein Zelt?"],
      ["es", "¿Cuánto tarda el envío a España?"],
      ["en", "I would like to talk to a person, please."],
    ],
  },
  br: {
    account: "web-br",
    questions: [
      ["pt", "Qual é o prazo para devolver?"],
      ["pt", "Como acompanho o meu pedido?"],
      ["pt", "Posso pagar com Pix?"],
      ["pt", "Quero falar com uma pessoa, por favor."],
    ],
  },
  jp: {
    account: "web-jp",
    questions: [
      ["ja", "返品は何日以内にできますか？"],
      ["ja", "送料はいくらですか？"],
      ["zh", "可以用什么方式付款？"],
      ["ja", "担当者と話したいです。"],
    ],
  },
};

const CHOICE = "frontdesk-demo:unit";
const chat = document.querySelector("support-chat");
const list = document.querySelector("#questions");

function choose(name) {
  const unit = UNITS[name];
  chat.setAttribute("account", unit.account);
  list.replaceChildren(
    ...unit.questions.map(([lang, text]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.lang = lang;
      button.textContent = text;
      button.addEventListener("click", () => chat.draft(text));
      const item = document.createElement("li");
      item.append(button);
      return item;
    }),
  );
}

const saved = sessionStorage.getItem(CHOICE);
const first = saved && saved in UNITS ? saved : "eu";
for (const radio of document.querySelectorAll('input[name="unit"]')) {
  radio.checked = radio.value === first;
  radio.addEventListener("change", () => {
    sessionStorage.setItem(CHOICE, radio.value);
    choose(radio.value);
  });
}
choose(first);
